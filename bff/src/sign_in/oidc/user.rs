//! The person who signs in: from the ID token, and from the userinfo endpoint where the names are not in it (OpenID
//! Connect Core 1.0 §5.3, §5.4).

use openidconnect::{AccessToken, http::HeaderValue, http::header::AUTHORIZATION};
use serde_json::Value;
use shared::SessionUser;

use super::{OidcProvider, ProviderError, Secret, claims::AllClaims, discovery::Known, types::IdTokenClaims};
use crate::sign_in::credentials::bearer;

/// The person's names, as far as they are known.
#[derive(Default)]
struct Names {
    username: Option<String>,
    name: Option<String>,
}

impl OidcProvider {
    /// The person of `claims`. Userinfo is asked once, for names and for what `all` lacks.
    pub(super) async fn user(
        &self,
        known: &Known,
        claims: &IdTokenClaims,
        all: &mut AllClaims,
        access: &AccessToken,
    ) -> Result<SessionUser, ProviderError> {
        let id = claims.subject().to_string();
        let mut names = in_id_token(claims);
        let incomplete = names.username.is_none() || names.name.is_none();
        if (incomplete && self.asks_for_names()) || self.lacks_claims(all) {
            all.userinfo = self.userinfo(known, &id, access).await?;
        }
        if let Some(userinfo) = &all.userinfo {
            let text = |name| filled(userinfo.get(name).and_then(Value::as_str).map(str::to_owned));
            names.username = names.username.or_else(|| text("preferred_username")).or_else(|| text("email"));
            names.name = names.name.or_else(|| text("name"));
        }
        let username = names.username.unwrap_or_else(|| id.clone());
        Ok(SessionUser { id, name: names.name.unwrap_or_else(|| username.clone()), username })
    }

    /// Whether the scopes ask for names. Without them the userinfo endpoint has no names either.
    fn asks_for_names(&self) -> bool {
        self.shared.config.scopes.iter().any(|scope| scope == "profile" || scope == "email")
    }

    /// All that userinfo says of the person `subject`; `None` where the provider has no such endpoint.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where it is about another person, and in no other case.
    pub(super) async fn userinfo(
        &self,
        known: &Known,
        subject: &str,
        access: &AccessToken,
    ) -> Result<Option<Value>, ProviderError> {
        let Some(endpoint) = known.document.userinfo_endpoint() else { return Ok(None) };
        // The crate's own request is not used: it panics where a token cannot stand in a field.
        let field = bearer(&Secret::new(access.secret()))?;
        let mut field = HeaderValue::from_bytes(field.as_bytes())
            .map_err(|_| ProviderError::Unusable("the access token cannot stand in a field".to_owned()))?;
        field.set_sensitive(true);
        let content = self.http.get(endpoint.url(), &[(AUTHORIZATION, field)]).await?;
        let unusable = || ProviderError::Unusable("what userinfo says cannot be read".to_owned());
        let info: Value = serde_json::from_slice(&content).map_err(|_| unusable())?;
        let about = info.get("sub").and_then(Value::as_str).ok_or_else(unusable)?;
        if about != subject {
            // The token could be another person's (§5.3.2).
            return Err(ProviderError::Refused("userinfo is about another person".to_owned()));
        }
        Ok(Some(info))
    }
}

fn in_id_token(claims: &IdTokenClaims) -> Names {
    let username = claims.preferred_username().map(|name| name.to_string());
    let email = claims.email().map(|email| email.to_string());
    let name = claims.name().and_then(|name| name.get(None)).map(|name| name.to_string());
    Names { username: filled(username).or(filled(email)), name: filled(name) }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
