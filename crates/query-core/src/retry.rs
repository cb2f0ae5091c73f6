//! When a failed attempt is made again: if its error asks for it, and a bounded number of times.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::moment::millis;
use crate::value::Value;

/// The longest server-given wait (`Retry-After`) that is sat out silently. A longer one is reported as an error, since a
/// spinner for ten minutes helps no one.
pub const LONGEST_SERVER_WAIT: Duration = Duration::from_secs(60);

/// The waits of [`Retry::Backoff`]: each is twice as long as the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait.
    pub first: Duration,
    /// The longest one.
    pub longest: Duration,
}

impl Default for Backoff {
    /// From 1 s to 30 s.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(30) }
    }
}

/// The retry policy of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same request would fail the same way.
    Never,
    /// The trouble may pass: `min(first · 2ⁿ, longest)` of the query's [`Backoff`], jittered.
    Backoff,
    /// The server said when to come back. After more than [`LONGEST_SERVER_WAIT`] it fails at once instead.
    After(Duration),
}

/// An error without its type, and its retry policy.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The error itself.
    pub error: Value,
    /// Its verdict where its query has one of its own; else [`Verdicts`] has it.
    pub retry: Option<Retry>,
}

impl Failure {
    /// Erases the type of `error`.
    pub fn new<E: 'static>(error: E) -> Self {
        Self { error: Value::opaque(Rc::new(error)), retry: None }
    }
}

/// What an application says about errors: for each of its types, whether a request that failed so is worth repeating.
///
/// An error of which nothing is said may pass: [`Retry::Backoff`].
#[derive(Clone, Default)]
pub struct Verdicts(Vec<Verdict>);

/// The verdict on the errors of one type; `None` on others.
type Verdict = Rc<dyn Fn(&Value) -> Option<Retry>>;

impl Verdicts {
    /// Adds what is said of errors of type `E`.
    pub fn add<E: 'static>(&mut self, verdict: impl Fn(&E) -> Retry + 'static) {
        self.0.push(Rc::new(move |error| error.peek().map(&verdict)));
    }

    /// What is said of `error`; the newest verdict on its type counts.
    pub fn on(&self, error: &Value) -> Retry {
        self.0.iter().rev().find_map(|verdict| verdict(error)).unwrap_or(Retry::Backoff)
    }
}

impl PartialEq for Verdicts {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(left, right)| Rc::ptr_eq(left, right))
    }
}

impl fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verdicts")
    }
}

/// How long to wait before the next attempt, or `None` to give up.
///
/// `failed` counts the failed attempts before this one, `retries` the further ones allowed. `jitter` in `0.0..1.0` makes a
/// wait of half to all of its length. Clients that failed together then come back apart.
pub fn wait_before_retry(
    retry: Retry,
    failed: u32,
    retries: u32,
    backoff: Backoff,
    jitter: f64,
) -> Option<Duration> {
    if failed >= retries {
        return None;
    }
    match retry {
        Retry::Never => None,
        Retry::After(wait) => (wait <= LONGEST_SERVER_WAIT).then_some(wait),
        Retry::Backoff => {
            let doubled = millis(backoff.first).saturating_mul(1 << failed.min(16));
            let half = doubled.min(millis(backoff.longest)) / 2;
            // Whole milliseconds, as timers take them.
            Some(Duration::from_millis(half + (half as f64 * jitter.clamp(0.0, 1.0)) as u64))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(failed: u32, jitter: f64) -> Option<f64> {
        wait_before_retry(Retry::Backoff, failed, 100, Backoff::default(), jitter)
            .map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn the_wait_doubles_up_to_thirty_seconds() {
        let waits: Vec<_> = (0..7).filter_map(|failed| seconds(failed, 1.0)).collect();
        assert_eq!(waits, [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
        assert_eq!(seconds(99, 1.0), Some(30.0));
    }

    #[test]
    fn jitter_shortens_the_wait_by_at_most_half() {
        assert_eq!(seconds(1, 0.0), Some(1.0));
        assert_eq!(seconds(1, 0.5), Some(1.5));
    }

    #[test]
    fn the_number_of_retries_is_bounded() {
        assert!(wait_before_retry(Retry::Backoff, 2, 3, Backoff::default(), 1.0).is_some());
        assert!(wait_before_retry(Retry::Backoff, 3, 3, Backoff::default(), 1.0).is_none());
        assert!(
            wait_before_retry(Retry::After(Duration::from_secs(1)), 3, 3, Backoff::default(), 1.0).is_none()
        );
    }

    #[test]
    fn an_error_that_would_repeat_itself_is_not_retried() {
        assert!(wait_before_retry(Retry::Never, 0, 3, Backoff::default(), 1.0).is_none());
    }

    #[test]
    fn a_server_given_wait_is_taken_as_it_is() {
        let wait = Duration::from_secs(7);
        assert_eq!(wait_before_retry(Retry::After(wait), 0, 3, Backoff::default(), 0.0), Some(wait));
    }

    #[test]
    fn a_server_given_wait_past_the_limit_gives_up() {
        let wait = LONGEST_SERVER_WAIT + Duration::from_millis(1);
        assert_eq!(wait_before_retry(Retry::After(wait), 0, 3, Backoff::default(), 0.0), None);
    }
}
