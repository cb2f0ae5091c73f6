//! Signing in at an OpenID provider: authorization code with PKCE, as a confidential client (OpenID Connect Core 1.0,
//! RFC 10017).
//!
//! A sign-in [begins](OidcProvider::begin) with an address for the browser and a [`LoginState`] for a sealed cookie. It
//! [ends](OidcProvider::finish) with that state and the query that the browser brings back from the provider. The
//! crate `openidconnect` builds the requests and verifies ID tokens. The connections are ours (`http`), and so is the
//! knowledge of the provider (`discovery`), which all workers share.

mod authorization;
mod callback;
mod claims;
mod client_form;
mod discovery;
mod http;
mod id_token;
mod jws;
mod logout;
mod options;
mod parameters;
mod revocation;
mod token;
mod types;
mod upstream_token;
mod user;

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use openidconnect::{AuthType, ClientId, ClientSecret, RedirectUrl, core::CoreClientAuthMethod};
use url::Url;

use self::{
    discovery::{Discovery, Known},
    http::Http,
    types::OidcClient,
};
use crate::{keys::Secret, session::login_state::LoginState, sign_in::ProviderError};
use http_message::BasePath;
use upstream::{UpstreamOptions, trust::Trust};

pub use self::{
    callback::CallbackQuery,
    logout::LogoutClaims,
    options::OidcOptions,
    parameters::{AddedParameters, PassedParameters},
};

/// The path that the provider sends browsers back to.
pub const CALLBACK_PATH: &str = "/bff/callback";

/// The largest difference between the provider's clock and ours, either way.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// The state of the provider that all workers share.
pub struct OidcShared {
    config: OidcOptions,
    redirect: RedirectUrl,
    /// The address that the provider sends people to after signing out.
    home: Url,
    discovery: Discovery,
    /// Whether the log was told that refresh tokens do not come.
    told_of_no_refresh: AtomicBool,
}

impl OidcShared {
    /// The provider of `config`, which knows us by `public_url`. Nothing is asked yet: a provider that is down must not
    /// stop the start.
    #[must_use]
    pub fn new(config: OidcOptions, public_url: &Url) -> Self {
        let at = |path| {
            let mut url = public_url.clone();
            url.set_path(&BasePath::new(public_url.path()).at(path));
            url
        };
        let discovery = Discovery::new(config.issuer.clone());
        Self {
            config,
            redirect: RedirectUrl::from_url(at(CALLBACK_PATH)),
            home: at("/"),
            discovery,
            told_of_no_refresh: AtomicBool::new(false),
        }
    }
}

/// One worker's client of the provider.
pub struct OidcProvider {
    shared: Arc<OidcShared>,
    http: Http,
}

impl OidcProvider {
    /// Builds a client with the limits of `upstream`; https needs `trust`.
    #[must_use]
    pub fn new(shared: Arc<OidcShared>, upstream: UpstreamOptions, trust: Option<Trust>) -> Self {
        Self { shared, http: Http::new(upstream, trust) }
    }

    /// The provider's display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.config.name
    }

    async fn known(&self) -> Result<Known, ProviderError> {
        self.shared.discovery.known(&self.http).await
    }

    fn client(&self, known: &Known) -> OidcClient {
        let OidcOptions { client_id, client_secret, .. } = &self.shared.config;
        let secret = client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        OidcClient::from_provider_metadata(
            (*known.document).clone(),
            ClientId::new(client_id.clone()),
            secret,
        )
        .set_redirect_uri(self.shared.redirect.clone())
        .set_auth_type(auth_type(known))
    }
}

/// Authenticates the client by HTTP Basic, unless the provider takes the secret in the form only (OpenID Connect
/// Discovery 1.0 §3).
fn auth_type(known: &Known) -> AuthType {
    let methods = known.document.token_endpoint_auth_methods_supported();
    let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
    if !takes(CoreClientAuthMethod::ClientSecretBasic) && takes(CoreClientAuthMethod::ClientSecretPost) {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}
