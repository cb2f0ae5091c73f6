//! Counts of all replicas together for as long as Redis answers, and of this process alone while it does not.
//!
//! A limit that refuses every request when Redis is away would be an outage, and no limit an invitation. Each replica
//! therefore counts by itself: together they let through as many times the limit as there are replicas. Counts are
//! not carried over between Redis and this process.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use super::{Limit, LimitKey, RateLimitStore, Verdict, memory::MemoryCounts, redis::RedisCounts};
use crate::{
    keys::SessionKeys,
    redis::{Link, LinkError, StoreFuture},
};

/// Time without errors after which the log reports that Redis works again. A state that changes with every request is
/// not reported.
const CALM: Duration = Duration::from_secs(1);

/// Counts in Redis, or in this process while Redis is away.
pub struct SharedCounts {
    shared: RedisCounts,
    own: MemoryCounts,
    /// Time of the last failure; `None` once the log has reported that Redis works.
    failed: Mutex<Option<Instant>>,
}

/// The change that the log reports.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    None,
    Fails,
    Works,
}

impl SharedCounts {
    /// Counts behind `link`, under names that are made with `keys`.
    #[must_use]
    pub fn new(link: Link, keys: &SessionKeys) -> Self {
        Self { shared: RedisCounts::new(link, keys), own: MemoryCounts::default(), failed: Mutex::default() }
    }

    fn note(&self, result: &Result<Verdict, LinkError>) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        match (change(&mut failed, result.is_err(), Instant::now()), result) {
            (Change::Fails, Err(err)) => {
                tracing::warn!(error = %err, "rate limits are counted by this process alone");
            }
            (Change::Works, _) => tracing::info!("rate limits are counted in Redis again"),
            _ => {}
        }
    }
}

fn change(failed: &mut Option<Instant>, fails: bool, now: Instant) -> Change {
    match (fails, *failed) {
        (true, before) => {
            *failed = Some(now);
            if before.is_none() { Change::Fails } else { Change::None }
        }
        (false, Some(before)) if now.duration_since(before) >= CALM => {
            *failed = None;
            Change::Works
        }
        (false, _) => Change::None,
    }
}

impl RateLimitStore for SharedCounts {
    fn take<'a>(
        &'a self,
        key: &'a LimitKey,
        limit: Limit,
        cost: u32,
        now: SystemTime,
    ) -> StoreFuture<'a, Verdict> {
        Box::pin(async move {
            let result = self.shared.take(key, limit, cost, None).await;
            self.note(&result);
            match result {
                Ok(verdict) => Ok(verdict),
                Err(_) => self.own.take(key, limit, cost, now).await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_hears_of_every_change_once() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut failed = None;
        assert_eq!(change(&mut failed, false, at(0)), Change::None);
        assert_eq!(change(&mut failed, true, at(0)), Change::Fails);
        assert_eq!(change(&mut failed, true, at(500)), Change::None);
        assert_eq!(change(&mut failed, false, at(1000)), Change::None, "it failed half a second ago");
        assert_eq!(change(&mut failed, true, at(1200)), Change::None);
        assert_eq!(change(&mut failed, false, at(2200)), Change::Works);
        assert_eq!(change(&mut failed, false, at(2300)), Change::None);
        assert_eq!(change(&mut failed, true, at(2400)), Change::Fails);
    }
}
