//! A token for an upstream that is kept and renewed once for all requests that need it.

use std::{
    future::Future,
    sync::Arc,
    time::{Instant, SystemTime},
};

use tokio::sync::Mutex;

use super::{COOL_DOWN, ProviderError};
use crate::{keys::Secret, session::tokens::Tokens};
use telemetry::trace::carry;

/// One token. The lock is held while it is fetched, and the others wait for that. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldToken(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    tokens: Option<Tokens>,
    failed: Option<Instant>,
}

impl HeldToken {
    /// The token, fetched where there is none that is good; `None` where another one than the `refused` would not help.
    ///
    /// # Errors
    /// [`ProviderError`] where there is none and none can be fetched.
    pub(super) async fn get<F>(
        &self,
        refused: Option<&Secret>,
        fetch: F,
    ) -> Result<Option<Secret>, ProviderError>
    where
        F: Future<Output = Result<Tokens, ProviderError>> + 'static,
    {
        let mut state = Arc::clone(&self.0).lock_owned().await;
        let now = SystemTime::now();
        let held = state.tokens.as_ref();
        let is_refused = held.is_some_and(|tokens| Some(&tokens.access) == refused);
        if let Some(tokens) = held {
            if is_refused && !tokens.may_be_refused(now) {
                return Ok(None);
            }
            if !is_refused && !tokens.want_renewal(now) {
                return Ok(Some(tokens.access.clone()));
            }
        }
        let fallback = held.filter(|tokens| !is_refused && !tokens.have_ended(now));
        let fallback = fallback.map(|tokens| tokens.access.clone());
        if state.failed.is_some_and(|failed| failed.elapsed() < COOL_DOWN) {
            let failed = || ProviderError::Unusable("it gave no token a moment ago".to_owned());
            return fallback.ok_or_else(failed).map(Some);
        }
        // A task of its own goes on when its browser leaves: the next request finds the token.
        let fetched = actix_rt::spawn(carry(async move {
            let fetched = fetch.await;
            state.failed = fetched.is_err().then(Instant::now);
            fetched.map(|tokens| state.tokens.insert(tokens).access.clone())
        }));
        let fetched = fetched.await.unwrap_or_else(|err| Err(ProviderError::Unusable(err.to_string())));
        match (fetched, fallback) {
            (Err(err), Some(fallback)) => {
                tracing::warn!(error = %err, "a token for an upstream could not be renewed");
                Ok(Some(fallback))
            }
            (fetched, _) => fetched.map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc, time::Duration};

    use super::*;

    fn tokens(access: &str, age: u64, life: u64) -> Tokens {
        let issued = SystemTime::now() - Duration::from_secs(age);
        let expires = Some(issued + Duration::from_secs(life));
        Tokens { access: Secret::new(access), refresh: None, issued, expires }
    }

    /// Asks for the token with a provider that gives `given`, and counts its calls.
    async fn ask(
        held: &HeldToken,
        refused: Option<&str>,
        given: Result<Tokens, ProviderError>,
        calls: &Rc<Cell<usize>>,
    ) -> Result<Option<String>, ProviderError> {
        let calls = Rc::clone(calls);
        let refused = refused.map(Secret::new);
        let fetch = async move {
            calls.set(calls.get() + 1);
            given
        };
        held.get(refused.as_ref(), fetch).await.map(|token| token.map(|token| token.expose().to_owned()))
    }

    #[actix_web::test]
    async fn all_requests_share_one_fetch_until_the_token_is_due() {
        let (held, calls) = (HeldToken::default(), Rc::default());
        let asked = futures_util::future::join_all(
            (0..20).map(|_| ask(&held, None, Ok(tokens("a", 0, 600)), &calls)),
        );
        assert!(asked.await.into_iter().all(|token| token.unwrap().as_deref() == Some("a")));
        assert_eq!(calls.get(), 1);
        held.0.lock().await.tokens = Some(tokens("a", 590, 600));
        assert_eq!(ask(&held, None, Ok(tokens("b", 0, 600)), &calls).await.unwrap().as_deref(), Some("b"));
        assert_eq!(calls.get(), 2);
    }

    #[actix_web::test]
    async fn a_provider_that_fails_is_not_asked_again_at_once() {
        let (held, calls) = (HeldToken::default(), Rc::default());
        let fails = || Err(ProviderError::Unusable("down".to_owned()));
        assert!(ask(&held, None, fails(), &calls).await.is_err());
        assert!(ask(&held, None, fails(), &calls).await.is_err());
        assert_eq!(calls.get(), 1);
        // An old token that still holds is better than none.
        let held = HeldToken::default();
        held.0.lock().await.tokens = Some(tokens("old", 590, 600));
        assert_eq!(ask(&held, None, fails(), &calls).await.unwrap().as_deref(), Some("old"));
    }

    #[actix_web::test]
    async fn a_refused_token_is_renewed_unless_it_is_young() {
        let (held, calls) = (HeldToken::default(), Rc::default());
        held.0.lock().await.tokens = Some(tokens("a", 1, 600));
        assert_eq!(ask(&held, Some("a"), Ok(tokens("b", 0, 600)), &calls).await.unwrap(), None);
        held.0.lock().await.tokens = Some(tokens("a", 60, 600));
        assert_eq!(
            ask(&held, Some("a"), Ok(tokens("b", 0, 600)), &calls).await.unwrap().as_deref(),
            Some("b")
        );
        assert_eq!(
            ask(&held, Some("a"), Ok(tokens("c", 0, 600)), &calls).await.unwrap().as_deref(),
            Some("b")
        );
        assert_eq!(calls.get(), 1);
    }
}
