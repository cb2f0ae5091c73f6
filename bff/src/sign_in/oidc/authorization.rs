//! Begins a sign-in: builds the address that a browser is sent to (OpenID Connect Core 1.0 §3.1.2.1).

use openidconnect::{
    AuthenticationFlow, CsrfToken, Nonce, PkceCodeChallenge, Scope,
    core::{CoreAuthPrompt, CoreResponseType},
};
use url::Url;

use super::{LoginState, OidcProvider, ProviderError, Secret};

/// Bytes of randomness in state and nonce.
const RANDOM_BYTES: u32 = 32;

/// The scope that asks for a refresh token (OpenID Connect Core 1.0 §11).
const OFFLINE_ACCESS: &str = "offline_access";

impl OidcProvider {
    /// Begins a sign-in that leads to `return_url`. Returns the browser's address, and the state to keep until it
    /// comes back.
    ///
    /// # Errors
    /// [`ProviderError`] where the provider's discovery document cannot be had.
    pub async fn begin(&self, return_url: String) -> Result<(Url, LoginState), ProviderError> {
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
            if scope == OFFLINE_ACCESS {
                // A provider must ignore the scope where the person was not asked (§11).
                request = request.add_prompt(CoreAuthPrompt::Consent);
            }
        }
        let (url, state, nonce) = request.url();
        let attempt = LoginState {
            state: Secret::new(state.into_secret()),
            nonce: Secret::new(nonce.secret()),
            verifier: Secret::new(verifier.into_secret()),
            return_url,
            replaces: None,
        };
        Ok((url, attempt))
    }
}
