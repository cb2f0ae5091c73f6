//! Begins a sign-in: builds the address that a browser is sent to (OpenID Connect Core 1.0 §3.1.2.1).

use std::time::SystemTime;

use openidconnect::{AuthenticationFlow, CsrfToken, Nonce, PkceCodeChallenge, Scope, core::CoreResponseType};
use url::Url;

use super::{LoginState, OidcProvider, PassedParameters, ProviderError, Secret, parameters::max_age};
use http_message::unix_time::seconds;

/// Bytes of randomness in state and nonce.
const RANDOM_BYTES: u32 = 32;

impl OidcProvider {
    /// Begins a sign-in that leads to `return_url`, with the parameters that the browser adds. Returns the browser's
    /// address, and the state to keep until it comes back.
    ///
    /// # Errors
    /// [`ProviderError`] where the provider's discovery document cannot be had.
    pub async fn begin(
        &self,
        return_url: String,
        passed: &PassedParameters,
    ) -> Result<(Url, LoginState), ProviderError> {
        let known = self.known().await?;
        let client = self.client(&known);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let state = || CsrfToken::new_random_len(RANDOM_BYTES);
        let nonce = || Nonce::new_random_len(RANDOM_BYTES);
        let mut request = client.authorize_url(flow, state, nonce).set_pkce_challenge(challenge);
        // The client adds the scope `openid` by itself.
        for scope in self.shared.config.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (mut url, state, nonce) = request.url();
        let parameters = self.shared.config.parameters.with(passed, &self.shared.config.classes);
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(&parameters);
        }
        let now = SystemTime::now();
        let attempt = LoginState {
            state: Secret::new(state.into_secret()),
            nonce: Secret::new(nonce.secret()),
            verifier: Secret::new(verifier.into_secret()),
            return_url,
            replaces: None,
            auth_since: max_age(&parameters).map(|age| seconds(now).saturating_sub(age)),
        };
        Ok((url, attempt))
    }
}
