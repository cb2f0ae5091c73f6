//! Limits attempts to sign in. Neither one machine nor many together can guess a password, and no stranger keeps others
//! from signing in.
//!
//! An attempt counts for the client's networks, whatever name it is for. It also counts for the name. In the client's
//! wider network the name has the limit itself, and everywhere ten times as much.
//!
//! A browser that has signed in under the name before ([`devices`](super::devices)) counts in the place of the name. Its
//! networks count such browsers apart from all others. Strangers can use up the name and the network, but not what known
//! browsers have.

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    keys::StoreKey,
    rate_limit::{
        Limit, LimitPolicy, LimitSubject, RateLimitStore, Subjects, alone, network_of_names, networks_of,
        take_each,
    },
    redis::StoreError,
};

/// The limit of one name in all networks together, as a multiple of `BFF_LOGIN_LIMIT`.
const NAME_TIMES: u32 = 10;

/// The limit on sign-in attempts. Cheap to clone.
#[derive(Clone)]
pub struct LoginGuard {
    store: Arc<dyn RateLimitStore>,
    limit: Option<Limit>,
}

/// An attempt to sign in with name and password.
#[derive(Debug, Clone, Copy)]
pub struct LoginAttempt<'a> {
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The name as it was typed.
    pub name: &'a str,
    /// The browser, where it has signed in under that name before.
    pub device: Option<&'a StoreKey>,
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
        attempt: LoginAttempt<'_>,
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        let LoginAttempt { address, name, device } = attempt;
        let (policy, subjects) = match device {
            Some(device) => (LimitPolicy::KnownLogin, alone(LimitSubject::Device(device.clone()))),
            None => {
                let name = counted_name(name);
                let near = network_of_names(address)
                    .map(|network| (LimitSubject::Name(name.clone(), Some(network)), 1));
                let everywhere = LimitSubject::Name(name, None);
                (LimitPolicy::Login, [near, Some((everywhere, NAME_TIMES)), None])
            }
        };
        match self.count(&policy, networks_of(address), now).await? {
            None => self.count(&policy, subjects, now).await,
            refused => Ok(refused),
        }
    }

    /// Counts a sign-in that begins at a provider.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn admit_begin(
        &self,
        address: Option<IpAddr>,
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        self.count(&LimitPolicy::Login, networks_of(address), now).await
    }

    /// Counts a browser that comes back from the provider. What it brings is remembered for minutes, and the provider
    /// is asked about it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn admit_callback(
        &self,
        address: Option<IpAddr>,
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        self.count(&LimitPolicy::Callback, networks_of(address), now).await
    }

    async fn count(
        &self,
        policy: &LimitPolicy,
        subjects: Subjects,
        now: SystemTime,
    ) -> Result<Option<Duration>, StoreError> {
        let Some(limit) = self.limit else { return Ok(None) };
        let (_, verdict) = take_each(&*self.store, policy, subjects, limit, 1, now).await?;
        Ok((!verdict.allowed).then_some(verdict.reset))
    }
}

/// The form in which names are counted. Many upstreams take a name in any case.
pub(super) fn counted_name(name: &str) -> String {
    name.trim().to_lowercase()
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
        let attempt = LoginAttempt { address: Some(address.parse().unwrap()), name, device: None };
        guard.admit(attempt, SystemTime::now()).now_or_never().unwrap().unwrap().is_none()
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
        let elsewhere = (0..100).filter(|number| is_admitted(&limited, &format!("10.0.{number}.1"), "ada"));
        assert_eq!(elsewhere.count(), 18, "ten times the limit in all");
        let open = guard(None);
        assert!((0..100).all(|_| is_admitted(&open, "192.0.2.1", "ada")));
    }
}
