//! Ends a sign-in: checks the browser's query against the kept state, and exchanges its code for tokens.

use std::{fmt, time::SystemTime};

use openidconnect::{AuthorizationCode, OAuth2TokenResponse as _, PkceCodeVerifier, TokenResponse as _};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    CLOCK_SKEW, LoginState, OidcProvider, ProviderError,
    claims::AllClaims,
    discovery::Known,
    token::{refusal, tokens},
    types::IdTokenClaims,
};
use crate::session::SignedIn;
use telemetry::security::printable;

/// Query of the address that the provider sends a browser back to (RFC 6749 §4.1.2, RFC 9207).
#[derive(Clone, Default, Deserialize)]
pub struct CallbackQuery {
    /// The code to exchange for tokens.
    pub code: Option<String>,
    /// The state that identifies the sign-in.
    pub state: Option<String>,
    /// The issuer of the answer.
    pub iss: Option<String>,
    /// The error, where there is no code.
    pub error: Option<String>,
    /// The error in words.
    pub error_description: Option<String>,
}

impl fmt::Debug for CallbackQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackQuery").field("error", &self.error).finish_non_exhaustive()
    }
}

impl OidcProvider {
    /// Ends the sign-in whose state is `attempt`, which is good for this once.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] for a query that was tampered with, used before or denied;
    /// [`ProviderError::NotAdmitted`] for a person whom no rule admits.
    pub async fn finish(
        &self,
        attempt: LoginState,
        answer: CallbackQuery,
    ) -> Result<SignedIn, ProviderError> {
        check_state(&attempt, answer.state.as_deref())?;
        let known = self.known().await?;
        check_issuer(&known, answer.iss.as_deref())?;
        let code = code(answer)?;

        let client = self.client(&known);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|err| ProviderError::Unusable(err.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.expose().to_owned()));
        let received = exchange.request_async(&|request| self.http.send(request)).await.map_err(refusal)?;
        let now = SystemTime::now();
        let id_token = received
            .id_token()
            .ok_or_else(|| ProviderError::Unusable("the provider sent no ID token".to_owned()))?;
        let claims =
            self.verified(known.clone(), id_token, &attempt.nonce, received.access_token(), now).await?;
        check_auth_time(attempt.auth_since, claims)?;
        let mut all = AllClaims::of_verified(id_token)?;
        let user = self.user(&known, claims, &mut all, received.access_token()).await?;
        let tokens = tokens(&received, None, now);
        self.tell_of_no_refresh(&tokens);
        if !self.admits(&all) {
            return Err(ProviderError::NotAdmitted { person: user.id, tokens: Box::new(tokens) });
        }
        let provider_session = claims.additional_claims().sid.clone();
        Ok(SignedIn { user, provider_session, tokens, claims: self.kept(&all, claims)? })
    }
}

/// Compares the state in constant time: the digests of two different texts share nothing that could be measured.
fn check_state(attempt: &LoginState, given: Option<&str>) -> Result<(), ProviderError> {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    match given {
        Some(given) if digest(given) == digest(attempt.state.expose()) => Ok(()),
        _ => Err(ProviderError::Refused("the state is not the one that was sent".to_owned())),
    }
}

/// Checks that the person has proved who they are since the moment that was asked for (OpenID Connect Core 1.0
/// §3.1.3.7). That moment is counted from the beginning: time spent at the provider's pages does not matter.
fn check_auth_time(since: Option<u64>, claims: &IdTokenClaims) -> Result<(), ProviderError> {
    let Some(since) = since else { return Ok(()) };
    let proved = claims.auth_time().and_then(|time| u64::try_from(time.timestamp()).ok());
    match proved {
        Some(proved) if proved.saturating_add(CLOCK_SKEW.as_secs()) >= since => Ok(()),
        Some(_) => Err(ProviderError::Refused("the ID token: the sign-in is older than max_age".to_owned())),
        None => Err(ProviderError::Refused("the ID token: there is no auth_time for max_age".to_owned())),
    }
}

/// Checks the issuer (RFC 9207 §2.4): an answer that another provider has slipped in is not sent to this one.
fn check_issuer(known: &Known, given: Option<&str>) -> Result<(), ProviderError> {
    let required = known.document.additional_metadata().authorization_response_iss_parameter_supported;
    match given {
        Some(given) if given == known.document.issuer().as_str() => Ok(()),
        None if !required => Ok(()),
        _ => Err(ProviderError::Refused("the answer does not name its issuer".to_owned())),
    }
}

fn code(answer: CallbackQuery) -> Result<String, ProviderError> {
    if let Some(error) = answer.error {
        let description = answer.error_description.unwrap_or_default();
        return Err(ProviderError::Refused(format!(
            "the provider says {}: {}",
            printable(&error),
            printable(&description)
        )));
    }
    answer.code.ok_or_else(|| ProviderError::Refused("the answer holds no code".to_owned()))
}
