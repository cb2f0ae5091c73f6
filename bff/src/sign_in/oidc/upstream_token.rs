//! Tokens for upstreams: the server's own (RFC 6749 §4.4), and those in exchange for a session's (RFC 8693). The crate
//! knows no exchange, and takes no endpoint of plain http, which a provider on loopback has.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::Value;

use super::{OidcProvider, ProviderError, Secret};
use crate::{
    session::tokens::{Tokens, expiry_of_jwt},
    sign_in::token_policy::TokenScope,
};
use telemetry::security::printable;

/// The grant type of an exchange, and the type of both tokens in it (RFC 8693 §2.1, §3).
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The answer of the token endpoint (RFC 6749 §5.1).
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    /// Some providers write the number as text.
    expires_in: Option<Value>,
}

/// Its error (RFC 6749 §5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl OidcProvider {
    /// A token of the server's own.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn own_tokens(&self, scope: &TokenScope) -> Result<Tokens, ProviderError> {
        self.upstream_tokens(&[("grant_type", "client_credentials")], scope).await
    }

    /// A token in exchange for the access token of a session.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub async fn exchange(&self, subject: &Secret, scope: &TokenScope) -> Result<Tokens, ProviderError> {
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", subject.expose()),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", ACCESS_TOKEN),
        ];
        self.upstream_tokens(&form, scope).await
    }

    async fn upstream_tokens(
        &self,
        form: &[(&str, &str)],
        scope: &TokenScope,
    ) -> Result<Tokens, ProviderError> {
        let known = self.known().await?;
        let endpoint = known
            .document
            .token_endpoint()
            .ok_or_else(|| ProviderError::Unusable("the provider has no token endpoint".to_owned()))?;
        let mut form = form.to_vec();
        form.extend(scope.audience.as_deref().map(|audience| ("audience", audience)));
        form.extend(scope.scope.as_deref().map(|scopes| ("scope", scopes)));
        let answer = self.http.send(self.client_form(&known, endpoint, &form)?).await?;
        let now = SystemTime::now();
        if !answer.status().is_success() {
            // Only the code is repeated: a description may hold the request's secrets.
            let refusal = serde_json::from_slice::<Refusal>(answer.body()).map(|refusal| refusal.error);
            let reason = refusal.unwrap_or_else(|_| answer.status().to_string());
            let reason = format!("the token endpoint says {}", printable(&reason));
            return Err(ProviderError::Refused(reason));
        }
        let unreadable = |_| ProviderError::Unusable("the token endpoint's answer cannot be read".to_owned());
        let Answer { access_token, expires_in } =
            serde_json::from_slice(answer.body()).map_err(unreadable)?;
        let life = expires_in.as_ref().and_then(seconds);
        Ok(Tokens {
            expires: match life {
                Some(life) => now.checked_add(life),
                None => expiry_of_jwt(&access_token),
            },
            access: Secret::new(access_token),
            refresh: None,
            issued: now,
        })
    }
}

fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(seconds))
}
