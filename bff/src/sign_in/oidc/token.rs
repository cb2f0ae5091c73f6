//! The token endpoint: the meaning of its answers and its errors, and refreshing (RFC 6749 §5, §6).

use std::{sync::atomic::Ordering, time::SystemTime};

use openidconnect::{OAuth2TokenResponse as _, RefreshToken, RequestTokenError, core::CoreErrorResponseType};

use super::{
    OidcProvider, OidcShared, ProviderError, Secret,
    http::HttpError,
    types::{OidcTokenAnswer, TokenError},
};
use crate::{
    session::tokens::{Tokens, expiry_of_jwt},
    sign_in::renewed::{KnownPerson, Renewed},
};
use telemetry::security::printable;

/// The scope that asks for a refresh token (OpenID Connect Core 1.0 §11).
const OFFLINE_ACCESS: &str = "offline_access";

impl OidcProvider {
    /// Exchanges a refresh token of the person `before` for the next tokens. The sign-in has settled who the person is.
    /// A newer ID token is read for the claims that change.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where the refresh token is dead, and in no other case.
    pub async fn refresh(&self, refresh: &Secret, before: KnownPerson<'_>) -> Result<Renewed, ProviderError> {
        let known = self.known().await?;
        let client = self.client(&known);
        let token = RefreshToken::new(refresh.expose().to_owned());
        let exchange =
            client.exchange_refresh_token(&token).map_err(|err| ProviderError::Unusable(err.to_string()))?;
        let received = exchange.request_async(&|request| self.http.send(request)).await.map_err(refusal)?;
        let tokens = tokens(&received, Some(refresh), SystemTime::now());
        Ok(Renewed { tokens, person: self.reassess(&known, &received, before).await })
    }
}

impl OidcProvider {
    /// Tells the log, once, that refresh tokens are asked for and do not come (OpenID Connect Core 1.0 §11).
    pub(super) fn tell_of_no_refresh(&self, tokens: &Tokens) {
        let OidcShared { config, told_of_no_refresh, .. } = &*self.shared;
        let is_asked_for = config.scopes.iter().any(|scope| scope == OFFLINE_ACCESS);
        if is_asked_for && tokens.refresh.is_none() && !told_of_no_refresh.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the provider issues no refresh token for offline_access: sessions end with their access tokens; some \
                 providers want the person's consent each time, which BFF_OIDC_PARAMS=prompt=consent asks for"
            );
        }
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
