//! The token endpoint: the meaning of its answers and its errors, and refreshing (RFC 6749 §5, §6).

use std::time::SystemTime;

use openidconnect::{OAuth2TokenResponse as _, RefreshToken, RequestTokenError, core::CoreErrorResponseType};

use super::{
    OidcProvider, ProviderError, Secret,
    http::HttpError,
    types::{OidcTokenAnswer, TokenError},
};
use crate::session::tokens::{Tokens, expiry_of_jwt};
use telemetry::security::printable;

impl OidcProvider {
    /// Exchanges a refresh token for the next tokens. An ID token in the answer is ignored: the sign-in has settled
    /// who the person is, and no later token is read for it.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where the refresh token is dead, and in no other case.
    pub async fn refresh(&self, refresh: &Secret) -> Result<Tokens, ProviderError> {
        let known = self.known().await?;
        let client = self.client(&known);
        let token = RefreshToken::new(refresh.expose().to_owned());
        let exchange =
            client.exchange_refresh_token(&token).map_err(|err| ProviderError::Unusable(err.to_string()))?;
        let received = exchange.request_async(&|request| self.http.send(request)).await.map_err(refusal)?;
        Ok(tokens(&received, Some(refresh), SystemTime::now()))
    }
}

/// The tokens of an answer; `old` goes on where the answer has no refresh token.
pub(super) fn tokens(received: &OidcTokenAnswer, old: Option<&Secret>, now: SystemTime) -> Tokens {
    let access = received.access_token().secret();
    let refresh = received.refresh_token().map(|token| Secret::new(token.secret()));
    Tokens {
        access: Secret::new(access),
        refresh: refresh.or_else(|| old.cloned()),
        issued: now,
        expires: match received.expires_in() {
            Some(life) => now.checked_add(life),
            None => expiry_of_jwt(access),
        },
    }
}

/// Maps an error of the token endpoint. Only its code is repeated: its description, and an unreadable answer, may
/// hold the request's secrets.
pub(super) fn refusal(err: RequestTokenError<HttpError, TokenError>) -> ProviderError {
    match err {
        RequestTokenError::ServerResponse(answer) => {
            let reason = format!("the token endpoint says {}", printable(answer.error().as_ref()));
            match answer.error() {
                CoreErrorResponseType::InvalidGrant => ProviderError::Refused(reason),
                // The fault is ours (a wrong secret) or the provider's, and not that of this person's token.
                _ => ProviderError::Unusable(reason),
            }
        }
        RequestTokenError::Request(err) => err.into(),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            ProviderError::Unusable("the token endpoint's answer cannot be read".to_owned())
        }
    }
}
