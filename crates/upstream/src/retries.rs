//! Retries of requests whose server could not be reached or said that it cannot: at most a tenth of all requests, so that a
//! server in trouble does not get more of them than before.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use http_message::random;

/// Most retries of one request.
pub(super) const RETRIES_MAX: u32 = 2;

/// What a request earns and a retry costs: one request in ten may be repeated.
const EARNS: u32 = 1;
const COSTS: u32 = 10;

/// The most that is saved up: ten retries.
const SAVED_MAX: u32 = 100;

/// The pause before the first retry is up to this long; before the second, up to twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// The retries that all workers may make.
#[derive(Debug)]
pub(super) struct RetryBudget(AtomicU32);

impl Default for RetryBudget {
    fn default() -> Self {
        Self(AtomicU32::new(SAVED_MAX))
    }
}

impl RetryBudget {
    /// Notes a request.
    pub(super) fn earn(&self) {
        let _ = self.0.fetch_update(Relaxed, Relaxed, |saved| Some((saved + EARNS).min(SAVED_MAX)));
    }

    /// Takes one retry, if one is left.
    pub(super) fn spend(&self) -> bool {
        self.0.fetch_update(Relaxed, Relaxed, |saved| saved.checked_sub(COSTS)).is_ok()
    }
}

/// The pause before a retry, the first of which is number 0: at random, so that those that failed together do not come back
/// together.
pub(super) fn pause(number: u32) -> Duration {
    let mut random = [0; 4];
    random::fill(&mut random);
    let longest = PAUSE * 2_u32.saturating_pow(number);
    longest.mul_f64(f64::from(u32::from_ne_bytes(random)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_requests_may_be_repeated_and_ten_saved_up() {
        let budget = RetryBudget::default();
        let spent = |requests: u32| {
            (0..requests)
                .filter(|_| {
                    budget.earn();
                    budget.spend()
                })
                .count()
        };
        // The first request earns nothing: all that may be saved up is there.
        assert_eq!(spent(1001), 110);
        assert_eq!(spent(100), 10);
    }

    #[test]
    fn pauses_differ_and_grow() {
        let pauses: Vec<Duration> = (0..200).map(|_| pause(0)).collect();
        assert!(pauses.iter().all(|pause| *pause <= PAUSE));
        assert!(
            pauses.iter().any(|pause| *pause < PAUSE / 2) && pauses.iter().any(|pause| *pause > PAUSE / 2)
        );
        assert!((0..200).any(|_| pause(1) > PAUSE));
    }
}
