//! The provider's discovery document and its keys (OpenID Connect Discovery 1.0). They are fetched when first needed,
//! once for all callers, and kept for a while.

use std::{sync::Arc, time::Duration};

use openidconnect::core::CoreJsonWebKeySet;
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use super::{http::Http, types::Document};
use crate::sign_in::ProviderError;

/// Time for which a document and its keys hold.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 60);

/// Time without another fetch after a failed one, so that all waiting callers get that failure together.
const FAILED_FOR: Duration = Duration::from_secs(1);

/// Time between two fetches of the keys alone, for a token that names another key. Any client can send such a token.
const KEYS_EVERY: Duration = Duration::from_secs(10);

/// The discovery that all workers share.
pub(super) struct Discovery {
    issuer: Url,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    failed: Option<(Instant, String)>,
    keys_asked: Option<Instant>,
}

/// The document and keys of the provider.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) document: Arc<Document>,
    pub(super) keys: Arc<CoreJsonWebKeySet>,
    since: Instant,
}

impl Discovery {
    pub(super) fn new(issuer: Url) -> Self {
        Self { issuer, state: Mutex::default() }
    }

    /// The document and the keys.
    ///
    /// The lock is held while one caller fetches, and all others wait for its answer. An old document is still used
    /// where no newer can be had. Refreshing tokens needs one address, which hardly ever changes.
    pub(super) async fn known(&self, http: &Http) -> Result<Known, ProviderError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        let old = state.known.clone();
        if let Some(known) = old.clone().filter(|known| now - known.since < KNOWN_FOR) {
            return Ok(known);
        }
        if let Some((_, reason)) = state.failed.as_ref().filter(|(at, _)| now - *at < FAILED_FOR) {
            return old.ok_or_else(|| ProviderError::Unusable(format!("a moment ago: {reason}")));
        }
        match self.ask(http).await {
            Ok(known) => {
                state.failed = None;
                state.known = Some(known.clone());
                Ok(known)
            }
            Err(err) => {
                state.failed = Some((Instant::now(), err.to_string()));
                tracing::warn!(error = %err, "the OpenID provider cannot be asked about itself");
                old.ok_or(err)
            }
        }
    }

    /// Other keys than those of `seen`, which do not fit a token's signature. `None` where there are none, or they
    /// were fetched a moment ago.
    pub(super) async fn newer_keys(&self, http: &Http, seen: &Known) -> Result<Option<Known>, ProviderError> {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(known) = state.known.clone().filter(|known| !Arc::ptr_eq(&known.keys, &seen.keys)) {
            return Ok(Some(known));
        }
        if state.keys_asked.is_some_and(|at| now - at < KEYS_EVERY) {
            return Ok(None);
        }
        state.keys_asked = Some(now);
        let keys = keys(http, &seen.document).await?;
        if keys == *seen.keys {
            return Ok(None);
        }
        let known = Known { keys: Arc::new(keys), ..seen.clone() };
        state.known = Some(known.clone());
        Ok(Some(known))
    }

    async fn ask(&self, http: &Http) -> Result<Known, ProviderError> {
        let base = self.issuer.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}/.well-known/openid-configuration")).map_err(unusable)?;
        let document: Document = serde_json::from_slice(&http.get(&url, &[]).await?).map_err(unusable)?;
        self.check(&document)?;
        let keys = Arc::new(keys(http, &document).await?);
        Ok(Known { document: Arc::new(document), keys, since: Instant::now() })
    }

    fn check(&self, document: &Document) -> Result<(), ProviderError> {
        // Issuers are compared as addresses, which differ at most in the slash after a bare host. From here on the
        // document's own spelling counts: tokens have the same.
        if *document.issuer().url() != self.issuer {
            return Err(unusable("its document is another issuer's"));
        }
        let token = document.token_endpoint().ok_or_else(|| unusable("it has no token endpoint"))?;
        let endpoints = [
            Some(document.authorization_endpoint().url()),
            Some(token.url()),
            Some(document.jwks_uri().url()),
            document.userinfo_endpoint().map(|endpoint| endpoint.url()),
            document.additional_metadata().end_session_endpoint.as_ref(),
            document.additional_metadata().revocation_endpoint.as_ref(),
        ];
        let plain = |url: &&Url| url.scheme() != "https";
        if self.issuer.scheme() == "https" && endpoints.into_iter().flatten().any(|url| plain(&url)) {
            return Err(unusable("an https issuer names an endpoint without https"));
        }
        Ok(())
    }
}

async fn keys(http: &Http, document: &Document) -> Result<CoreJsonWebKeySet, ProviderError> {
    serde_json::from_slice(&http.get(document.jwks_uri().url(), &[]).await?).map_err(unusable)
}

/// The answer holds no secret, so that the error may tell the cause.
fn unusable(err: impl std::fmt::Display) -> ProviderError {
    ProviderError::Unusable(format!("what the provider says of itself: {err}"))
}
