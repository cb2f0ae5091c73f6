//! Signing out at both ends. An address ends the provider's session (OpenID Connect RP-Initiated Logout 1.0). A token
//! lets the provider end ours (OpenID Connect Back-Channel Logout 1.0).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, de::IgnoredAny};
use tokio::time::timeout;
use url::Url;

use super::{
    CLOCK_SKEW, OidcProvider, ProviderError,
    discovery::Known,
    jws::{Jws, NotTaken},
};

/// Time that a sign-out waits for the provider's address: the session here has ended already.
const SIGN_OUT_WAIT: Duration = Duration::from_secs(2);

/// The `typ` of a logout token (§2.4).
const LOGOUT_TYPE: &str = "logout+jwt";

/// The longest accepted name of a session, a person or a token.
const NAME_MAX: usize = 512;

/// The claims of a logout token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutClaims {
    /// The person whose sessions end; all of them, where no `provider_session` is named.
    pub subject: Option<String>,
    /// The provider's session that has ended (`sid`).
    pub provider_session: Option<String>,
    /// The id of the token (`jti`), which is good once.
    pub id: String,
    /// Time until which the token could be taken again.
    pub expires: SystemTime,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: f64,
    exp: f64,
    jti: String,
    /// The member only has to be there.
    #[serde(rename = "events")]
    _events: Events,
    sub: Option<String>,
    sid: Option<String>,
    nonce: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    _logout: serde_json::Map<String, serde_json::Value>,
}

impl OidcProvider {
    /// The address that ends the provider's session as well; `None` where the provider has none, or does not tell it
    /// in time.
    ///
    /// The address has no `id_token_hint`: that is a token, and no browser ever sees one. The provider knows us by
    /// `client_id`, and asks the person where it wants more.
    pub async fn sign_out_url(&self) -> Option<Url> {
        let known = timeout(SIGN_OUT_WAIT, self.known()).await.ok()?.ok()?;
        let mut url = known.document.additional_metadata().end_session_endpoint.clone()?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.shared.config.client_id)
            .append_pair("post_logout_redirect_uri", self.shared.home.as_str());
        Some(url)
    }

    /// Verifies a logout token (§2.6). The caller checks that it was not used before.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] for a text that is no token, or a token that is not for us, or not valid at `now`.
    pub async fn verify_logout_token(
        &self,
        jwt: &str,
        now: SystemTime,
    ) -> Result<LogoutClaims, ProviderError> {
        let known = self.known().await?;
        let token = Jws::parse(jwt, LOGOUT_TYPE)?;
        if !token.is_signed_by(&known.keys) {
            let newer = self.shared.discovery.newer_keys(&self.http, &known).await?;
            if !newer.is_some_and(|newer| token.is_signed_by(&newer.keys)) {
                return Err(refused("its signature fits no key"));
            }
        }
        self.check(&known, token.claims()?, now)
    }

    fn check(&self, known: &Known, claims: Claims, now: SystemTime) -> Result<LogoutClaims, ProviderError> {
        let client_id = &self.shared.config.client_id;
        // The token must be for us alone, like an ID token.
        let is_ours = match &claims.aud {
            Audience::One(audience) => audience == client_id,
            Audience::Many(audiences) => matches!(&audiences[..], [audience] if audience == client_id),
        };
        let named = |name: Option<String>| name.filter(|name| !name.is_empty());
        let (subject, provider_session) = (named(claims.sub), named(claims.sid));
        let too_long = [&subject, &provider_session].into_iter().flatten().any(|name| name.len() > NAME_MAX);
        let ends = moment(claims.exp).and_then(|exp| exp.checked_add(CLOCK_SKEW));
        let began = moment(claims.iat);
        let expires = ends.filter(|ends| *ends > now).ok_or_else(|| refused("it has expired"))?;
        if claims.iss != known.document.issuer().as_str() {
            Err(refused("it is another issuer's"))
        } else if !is_ours {
            Err(refused("it is for somebody else"))
        } else if began.is_none_or(|began| began > now + CLOCK_SKEW) {
            Err(refused("it was issued in the future"))
        } else if claims.nonce.is_some() {
            // A token with a nonce is an ID token, and proves something else.
            Err(refused("it holds a nonce"))
        } else if claims.jti.is_empty() || claims.jti.len() > NAME_MAX {
            Err(refused("it has no usable id"))
        } else if (subject.is_none() && provider_session.is_none()) || too_long {
            Err(refused("it names neither a person nor a session"))
        } else {
            Ok(LogoutClaims { subject, provider_session, id: claims.jti, expires })
        }
    }
}

fn moment(seconds: f64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

fn refused(reason: &str) -> ProviderError {
    ProviderError::Refused(format!("the logout token: {reason}"))
}

impl From<NotTaken> for ProviderError {
    fn from(err: NotTaken) -> Self {
        refused(&err.to_string())
    }
}
