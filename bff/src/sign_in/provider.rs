//! Who says that a person is who they claim to be, and hands out the tokens: the upstream's own login endpoint
//! ([`super::credentials`]) or an OpenID provider ([`super::oidc`]).

use std::rc::Rc;

use shared::{Credentials, SignIn};
use url::Url;

use upstream::Client;

use crate::{
    keys::Secret,
    session::{SignedIn, tokens::Tokens},
    sign_in::{ProviderError, credentials::UpstreamCredentials, oidc::OidcProvider},
};

/// The one that vouches for people here. One a worker, since its connections are.
pub enum Provider {
    /// The upstream.
    Upstream(UpstreamCredentials, Rc<Client>),
    /// An OpenID provider.
    Oidc(Box<OidcProvider>),
}

impl Provider {
    /// How people sign in, and what the provider is called where they go to one.
    #[must_use]
    pub fn sign_in(&self) -> (SignIn, Option<String>) {
        match self {
            Self::Upstream(..) => (SignIn::Form, None),
            Self::Oidc(oidc) => (SignIn::Provider, Some(oidc.name().to_owned())),
        }
    }

    /// The OpenID provider, where it is one.
    #[must_use]
    pub const fn oidc(&self) -> Option<&OidcProvider> {
        match self {
            Self::Upstream(..) => None,
            Self::Oidc(oidc) => Some(oidc),
        }
    }

    /// Where a browser goes on to, once its session here has ended, to end the provider's as well.
    pub async fn sign_out_url(&self) -> Option<Url> {
        self.oidc()?.sign_out_url().await
    }

    /// Exchanges name and password for tokens.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] for a wrong name or password alike, and where people sign in elsewhere.
    pub async fn by_credentials(&self, given: &Credentials) -> Result<SignedIn, ProviderError> {
        match self {
            Self::Upstream(credentials, client) => credentials.sign_in(client, given).await,
            Self::Oidc(_) => Err(ProviderError::Refused("no password is taken here".to_owned())),
        }
    }

    /// Exchanges a refresh token for the next tokens.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where the refresh token is dead.
    pub async fn refresh(&self, token: &Secret) -> Result<Tokens, ProviderError> {
        match self {
            Self::Upstream(credentials, client) => credentials.refresh(client, token).await,
            Self::Oidc(oidc) => oidc.refresh(token).await,
        }
    }
}
