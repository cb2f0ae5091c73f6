//! The provider vouches for people and issues their tokens. It is the upstream's own login endpoint
//! ([`super::credentials`]) or an OpenID provider ([`super::oidc`]).

use std::rc::Rc;

use shared::SignIn;
use url::Url;

use upstream::Client;

use crate::{
    keys::Secret,
    session::{SignedIn, tokens::Tokens},
    sign_in::{
        ProviderError, Revoked,
        credentials::UpstreamCredentials,
        given::GivenCredentials,
        oidc::OidcProvider,
        renewed::{KnownPerson, Reassessed, Renewed},
        token_policy::TokenScope,
    },
};

/// The provider of one worker, since its connections are that worker's.
pub enum Provider {
    /// The upstream.
    Upstream(Box<UpstreamCredentials>, Rc<Client>),
    /// An OpenID provider.
    Oidc(Box<OidcProvider>),
}

impl Provider {
    /// The way people sign in, and the name of the provider where they go to one.
    #[must_use]
    pub fn sign_in(&self) -> (SignIn, Option<String>) {
        match self {
            Self::Upstream(..) => (SignIn::Form, None),
            Self::Oidc(oidc) => (SignIn::Provider, Some(oidc.name().to_owned())),
        }
    }

    /// The OpenID provider, if this is one.
    #[must_use]
    pub const fn oidc(&self) -> Option<&OidcProvider> {
        match self {
            Self::Upstream(..) => None,
            Self::Oidc(oidc) => Some(oidc),
        }
    }

    /// The address that ends the provider's session, for a browser whose session here has ended.
    pub async fn sign_out_url(&self) -> Option<Url> {
        self.oidc()?.sign_out_url().await
    }

    /// Exchanges name and password for tokens.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] for a wrong name or password alike, and where people sign in elsewhere.
    pub async fn by_credentials(&self, given: &GivenCredentials) -> Result<SignedIn, ProviderError> {
        match self {
            Self::Upstream(credentials, client) => credentials.sign_in(client, given).await,
            Self::Oidc(_) => Err(ProviderError::Refused("no password is taken here".to_owned())),
        }
    }

    /// Revokes the refresh token of a session that has ended.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where another try would be refused as well.
    pub async fn revoke(&self, tokens: &Tokens) -> Result<Revoked, ProviderError> {
        let Some(refresh) = &tokens.refresh else { return Ok(Revoked::Unsupported) };
        match self {
            Self::Upstream(credentials, client) => credentials.revoke(client, &tokens.access, refresh).await,
            Self::Oidc(oidc) => oidc.revoke(refresh).await,
        }
    }

    /// A token of the server's own for an upstream.
    ///
    /// # Errors
    /// [`ProviderError`]; only an OpenID provider gives one.
    pub async fn own_tokens(&self, scope: &TokenScope) -> Result<Tokens, ProviderError> {
        self.giver()?.own_tokens(scope).await
    }

    /// A token for an upstream in exchange for a session's.
    ///
    /// # Errors
    /// [`ProviderError`]; only an OpenID provider gives one.
    pub async fn exchange(&self, subject: &Secret, scope: &TokenScope) -> Result<Tokens, ProviderError> {
        self.giver()?.exchange(subject, scope).await
    }

    fn giver(&self) -> Result<&OidcProvider, ProviderError> {
        let none = || ProviderError::Unusable("there is no OpenID provider to ask for a token".to_owned());
        self.oidc().ok_or_else(none)
    }

    /// Exchanges a refresh token of the person `before` for the next tokens.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where the refresh token is dead.
    pub async fn refresh(&self, token: &Secret, before: KnownPerson<'_>) -> Result<Renewed, ProviderError> {
        match self {
            Self::Upstream(credentials, client) => {
                let tokens = credentials.refresh(client, token).await?;
                Ok(Renewed { tokens, person: Reassessed::AsBefore })
            }
            Self::Oidc(oidc) => oidc.refresh(token, before).await,
        }
    }
}
