//! How often somebody may try to sign in. Per client address every attempt counts, per name every one that failed, so
//! that neither one machine nor many together can guess a password.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::rate_limit::{SlidingWindow, Verdict};
use crate::config::LoginLimit;

/// One for all workers.
pub struct LoginGuard(Option<Windows>);

struct Windows {
    by_address: Mutex<SlidingWindow<Option<IpAddr>>>,
    by_name: Mutex<SlidingWindow<String>>,
}

impl LoginGuard {
    /// Guards with `limit`; without one it lets everybody through.
    #[must_use]
    pub fn new(limit: Option<LoginLimit>) -> Self {
        Self(limit.map(|LoginLimit { count, window }| Windows {
            by_address: Mutex::new(SlidingWindow::new(count, window)),
            by_name: Mutex::new(SlidingWindow::new(count, window)),
        }))
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// How long to wait, where there were too many.
    pub fn admit(&self, address: Option<IpAddr>, name: &str, now: Instant) -> Result<(), Duration> {
        let Some(windows) = &self.0 else { return Ok(()) };
        let address = address.map(network);
        let mut by_address = lock(&windows.by_address);
        if let Verdict::Refused(wait) = by_address.check(&address, now) {
            return Err(wait);
        }
        by_address.count(address, now);
        match lock(&windows.by_name).check(&folded(name), now) {
            Verdict::Refused(wait) => Err(wait),
            Verdict::Allowed => Ok(()),
        }
    }

    /// Counts a failure.
    pub fn failed(&self, name: &str, now: Instant) {
        if let Some(windows) = &self.0 {
            lock(&windows.by_name).count(folded(name), now);
        }
    }
}

/// Who has one address of IPv6 has all of its /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// Many upstreams take a name in any case.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds the lock; were one to, the window would still be whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> LoginGuard {
        LoginGuard::new(Some(LoginLimit { count: 2, window: Duration::from_secs(60) }))
    }

    #[test]
    fn security_30_one_address_has_so_many_attempts_whatever_names_it_tries() {
        let (guard, now) = (guard(), Instant::now());
        let address = Some("2001:db8::1".parse().unwrap());
        let neighbour = Some("2001:db8::2".parse().unwrap());
        assert!(guard.admit(address, "a", now).is_ok());
        assert!(guard.admit(neighbour, "b", now).is_ok());
        assert_eq!(guard.admit(address, "c", now), Err(Duration::from_secs(60)));
        assert!(guard.admit(Some("2001:db8:0:1::1".parse().unwrap()), "c", now).is_ok());
    }

    #[test]
    fn security_30_one_name_has_so_many_failures_from_however_many_addresses() {
        let (guard, now) = (guard(), Instant::now());
        for last in 1..=2 {
            assert!(guard.admit(Some(IpAddr::from([192, 0, 2, last])), "Ada", now).is_ok());
            guard.failed("Ada", now);
        }
        assert!(guard.admit(Some(IpAddr::from([192, 0, 2, 3])), "ada", now).is_err());
        assert!(guard.admit(Some(IpAddr::from([192, 0, 2, 3])), "bob", now).is_ok());
        assert!(LoginGuard::new(None).admit(None, "ada", now).is_ok());
    }
}
