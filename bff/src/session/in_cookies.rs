//! Sessions in the cookies of their browsers: an answer brings the newest state back.

use std::{sync::Arc, time::SystemTime};

use http::HeaderValue;

use super::{
    cookie::CookieRule,
    cookie_store::{CookieStore, CookieStoreError},
    sessions::Sessions,
    store::{Lifetimes, Stored},
};
use crate::keys::SessionKeys;
use http_message::{HeaderBlock, unix_time::millis};
use telemetry::security::SessionEnd;

impl Sessions {
    /// Sessions in the cookies of their browsers; `capacity` bounds the number that is remembered. Without `cookies`
    /// signing in is not possible.
    #[must_use]
    pub fn in_cookies(
        keys: Arc<SessionKeys>,
        lifetimes: Lifetimes,
        capacity: usize,
        cookies: Option<(CookieRule, CookieRule)>,
    ) -> Self {
        let cookie_store = CookieStore::new(&keys, lifetimes, capacity);
        let store = Arc::clone(&cookie_store.memory);
        Self { cookie_store: Some(Arc::new(cookie_store)), ..Self::new(store, keys, lifetimes, cookies) }
    }

    /// Whether browsers keep the sessions. Then no server can list them all, or end them for certain.
    #[must_use]
    pub const fn are_in_cookies(&self) -> bool {
        self.cookie_store.is_some()
    }

    /// The `Set-Cookie` for an answer to a request with these fields, where its session has changed since. A session
    /// changes when it is used, or its tokens are renewed. `None` also for an ended session: a late answer must not
    /// sign in again a person who has signed out.
    ///
    /// A session whose new tokens do not fit ends here, after the request that they were fetched for.
    pub async fn cookie_after(&self, headers: &HeaderBlock, now: SystemTime) -> Option<HeaderValue> {
        let (cookie_store, cookie) = (self.cookie_store.as_ref()?, self.cookie.as_ref()?);
        let (key, shown) = cookie_store.open(cookie.value(headers)?)?;
        let stored = cookie_store.memory.merge(&key, &shown, now)?;
        if state_of(&stored) == state_of(&shown) {
            return None;
        }
        match cookie_store.set(cookie, &key, &stored) {
            Ok(field) => Some(field),
            Err(err @ CookieStoreError::TooLarge { .. }) => {
                tracing::warn!(error = %err, "renewed tokens do not fit into a cookie: the session ends");
                // A store in memory is never unavailable.
                let _ = self.end(&key, SessionEnd::TooLarge).await;
                cookie.remove()
            }
            Err(err @ CookieStoreError::Seal) => {
                tracing::error!(error = %err, "a browser keeps an older state of its session");
                None
            }
        }
    }
}

/// The state that changes in a session's life.
fn state_of(stored: &Stored) -> (u64, u64, u64) {
    (stored.version, millis(stored.session.tokens.issued), millis(stored.session.last_used))
}
