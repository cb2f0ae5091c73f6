//! The tokens that upstreams get: the session's own, one of the server's, or one in exchange for the session's.

use std::{rc::Rc, sync::Arc};

use quick_cache::sync::Cache;

use super::{
    ProviderError,
    held_token::HeldToken,
    provider::Provider,
    token_policy::{TokenPolicy, TokenScope},
};
use crate::{
    keys::{Secret, StoreKey},
    session::Current,
};

/// Sessions whose exchanged tokens are kept for one upstream. Those that were used least give way.
const SESSIONS_MAX: usize = 10_000;

/// The tokens of one upstream, for all workers. Cheap to clone.
#[derive(Clone, Default)]
pub enum UpstreamTokens {
    /// The session's access token.
    #[default]
    Session,
    /// No token.
    None,
    /// One token of the server's own.
    Own(OwnToken),
    /// One for each session.
    Exchanged(ExchangedTokens),
}

/// The server's own token at one upstream (RFC 6749 §4.4).
#[derive(Clone)]
pub struct OwnToken {
    scope: TokenScope,
    held: HeldToken,
}

/// Tokens in exchange for those of sessions (RFC 8693).
#[derive(Clone)]
pub struct ExchangedTokens {
    scope: TokenScope,
    /// By session, and by the version of its tokens: others may say something else of the person.
    held: Arc<Cache<(StoreKey, u64), HeldToken>>,
}

impl UpstreamTokens {
    /// The tokens that `policy` asks for; none of them is there yet.
    #[must_use]
    pub fn new(policy: &TokenPolicy) -> Self {
        match policy {
            TokenPolicy::Session => Self::Session,
            TokenPolicy::None => Self::None,
            TokenPolicy::ClientCredentials(scope) => {
                Self::Own(OwnToken { scope: scope.clone(), held: HeldToken::default() })
            }
            TokenPolicy::Exchange(scope) => {
                let held = Arc::new(Cache::new(SESSIONS_MAX));
                Self::Exchanged(ExchangedTokens { scope: scope.clone(), held })
            }
        }
    }
}

impl OwnToken {
    /// The token; `None` where another one than the `refused` would not help.
    ///
    /// # Errors
    /// [`ProviderError`] where the provider gives none.
    pub async fn get(
        &self,
        provider: &Rc<Provider>,
        refused: Option<&Secret>,
    ) -> Result<Option<Secret>, ProviderError> {
        let (provider, scope) = (Rc::clone(provider), self.scope.clone());
        self.held.get(refused, async move { provider.own_tokens(&scope).await }).await
    }
}

impl ExchangedTokens {
    /// The token for a session; `None` where another one than the `refused` would not help.
    ///
    /// # Errors
    /// [`ProviderError`] where the provider gives none.
    pub async fn get(
        &self,
        provider: &Rc<Provider>,
        session: &Current,
        refused: Option<&Secret>,
    ) -> Result<Option<Secret>, ProviderError> {
        let key = (session.key.clone(), session.stored.version);
        let held = match self.held.get(&key) {
            Some(held) => held,
            None => {
                let held = HeldToken::default();
                // Two that find nothing at once may fetch a token each; the later one is kept.
                self.held.insert(key, held.clone());
                held
            }
        };
        let (provider, scope) = (Rc::clone(provider), self.scope.clone());
        let subject = session.stored.session.tokens.access.clone();
        held.get(refused, async move { provider.exchange(&subject, &scope).await }).await
    }
}
