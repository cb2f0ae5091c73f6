//! Limits attempts to sign in. Every attempt counts for the client's address and for the name: neither one machine
//! nor many together can guess a password.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    rate_limit::{Limit, LimitKey, LimitPolicy, LimitSubject, RateLimitStore},
    redis::StoreError,
};

/// The limit on sign-in attempts. Cheap to clone.
#[derive(Clone)]
pub struct LoginGuard {
    store: Arc<dyn RateLimitStore>,
    limit: Option<Limit>,
}

impl LoginGuard {
    /// Applies `limit`; without one every attempt passes.
    #[must_use]
    pub fn new(store: Arc<dyn RateLimitStore>, limit: Option<Limit>) -> Self {
        Self { store, limit }
    }

    /// Counts an attempt. Returns the wait where there were too many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn admit(
        &self,
        address: Option<IpAddr>,
        name: &str,
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        // Many upstreams take a name in any case, so that its lower case is counted.
        let name = LimitSubject::Name(name.trim().to_lowercase());
        self.count([LimitSubject::of_address(address), name], now).await
    }

    /// Counts an attempt without a name: a sign-in that begins at a provider.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn admit_address(
        &self,
        address: Option<IpAddr>,
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        self.count([LimitSubject::of_address(address)], now).await
    }

    async fn count<const N: usize>(
        &self,
        subjects: [LimitSubject; N],
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        let Some(limit) = self.limit else { return Ok(None) };
        for subject in subjects {
            let key = LimitKey { policy: LimitPolicy::Login, subject };
            let verdict = self.store.take(&key, limit, 1, now).await?;
            if !verdict.allowed {
                return Ok(Some(verdict.reset));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::rate_limit::memory::MemoryCounts;

    fn guard(limit: Option<Limit>) -> LoginGuard {
        LoginGuard::new(Arc::new(MemoryCounts::default()), limit)
    }

    fn is_admitted(guard: &LoginGuard, address: &str, name: &str) -> bool {
        let address = Some(address.parse().unwrap());
        guard.admit(address, name, SystemTime::now()).now_or_never().unwrap().unwrap().is_none()
    }

    #[test]
    fn security_30_one_address_has_so_many_attempts_whatever_names_it_tries() {
        let guard = guard(Some(Limit { count: 2, window: Duration::from_secs(60) }));
        assert!(is_admitted(&guard, "2001:db8::1", "a"));
        assert!(is_admitted(&guard, "2001:db8::2", "b"));
        assert!(!is_admitted(&guard, "2001:db8::1", "c"));
        assert!(is_admitted(&guard, "2001:db8:0:1::1", "c"));
    }

    #[test]
    fn security_30_one_name_has_so_many_attempts_from_however_many_addresses() {
        let limited = guard(Some(Limit { count: 2, window: Duration::from_secs(60) }));
        assert!(is_admitted(&limited, "192.0.2.1", "Ada"));
        assert!(is_admitted(&limited, "192.0.2.2", " ada"));
        assert!(!is_admitted(&limited, "192.0.2.3", "ADA"));
        assert!(is_admitted(&limited, "192.0.2.3", "bob"));
        let open = guard(None);
        assert!((0..100).all(|_| is_admitted(&open, "192.0.2.1", "ada")));
    }
}
