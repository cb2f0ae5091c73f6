//! A circuit breaker for one server (M. Nygard, "Release It!"). After too many failures nothing is sent there for a while.
//! Then a single request is tried, and its outcome decides.
//!
//! It is handed `now`. All workers share it.

use std::{
    mem,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Failures within [`WINDOW`] that open a breaker, where they are half of all outcomes as well.
const FAILURES: u32 = 5;

/// Failures without an answer in between that open it in any case: a busy server's good past would outweigh them for long.
const IN_A_ROW: u32 = 10;

/// The time over which outcomes are counted, in two halves.
const WINDOW: Duration = Duration::from_secs(10);

/// The first rest of a server, and the longest. Each trial that fails doubles the rest.
const REST: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// The longest rest that a server gets by its own `Retry-After`, which one client's requests may have brought about.
const ASKED_MAX: Duration = Duration::from_secs(15);

/// Counts the outcomes of one server, and holds requests back from it.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Outcomes of this half of the window, and of the one before.
    halves: [Outcomes; 2],
    half_since: Option<Instant>,
    in_a_row: u32,
    rest: Option<Rest>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Outcomes {
    all: u32,
    failed: u32,
}

/// A time without requests, and the trial at its end.
#[derive(Debug, Clone, Copy)]
struct Rest {
    until: Instant,
    length: Duration,
    /// The begin of the trial under way. One that takes too long is not waited for.
    tried: Option<Instant>,
}

/// The part that a request may have in a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chance {
    /// None.
    No,
    /// It is the only one.
    Alone,
    /// Others may try meanwhile: its content comes from a browser, which may take its time.
    Beside,
}

/// Whether a request may go to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// As usual.
    Granted,
    /// As the one that shows whether the server is back.
    Trial,
    /// Not for this long.
    Resting(Duration),
}

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server answered.
    Answered,
    /// It did not, or said that it cannot (502, 503, 504); with the time that it asked for.
    Failed(Option<Duration>),
    /// Nobody waited for it.
    Unknown,
}

/// A change of a breaker, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Requests are held back for this long.
    Opened(Duration),
    /// They go as usual again.
    Closed,
}

impl Breaker {
    /// Whether the server's rest is over and no request tries it yet.
    pub(super) fn wants_trial(&self, now: Instant) -> bool {
        self.state().rest.is_some_and(|rest| !rest.is_tried(now) && rest.until <= now)
    }

    /// Asks for leave to send a request with this chance to be a trial.
    pub(super) fn ask(&self, now: Instant, chance: Chance) -> Leave {
        let mut state = self.state();
        let Some(rest) = &mut state.rest else { return Leave::Granted };
        if rest.until > now {
            return Leave::Resting(rest.until - now);
        }
        match chance {
            Chance::No => Leave::Resting(REST.0),
            Chance::Alone if rest.is_tried(now) => Leave::Resting(REST.0),
            Chance::Alone => {
                rest.tried = Some(now);
                Leave::Trial
            }
            Chance::Beside => Leave::Trial,
        }
    }

    /// Records the outcome of a request that had this leave.
    pub(super) fn settle(&self, now: Instant, leave: Leave, outcome: Outcome) -> Option<Change> {
        let mut state = self.state();
        match (leave, outcome) {
            (Leave::Trial, Outcome::Answered) => {
                *state = State::default();
                Some(Change::Closed)
            }
            (Leave::Trial, Outcome::Unknown) => {
                if let Some(rest) = &mut state.rest {
                    rest.tried = None;
                }
                None
            }
            (Leave::Trial, Outcome::Failed(asked)) => {
                let length = state.rest.map_or(REST.0, |rest| (rest.length * 2).min(REST.1));
                Some(state.open(now, length, asked))
            }
            // Those that were under way when the breaker opened tell nothing new.
            (Leave::Granted, _) if state.rest.is_some() => None,
            (Leave::Granted, Outcome::Answered) => {
                state.count(now, false);
                None
            }
            (Leave::Granted, Outcome::Failed(asked)) => {
                state.count(now, true).then(|| state.open(now, REST.0, asked))
            }
            (Leave::Granted, Outcome::Unknown) | (Leave::Resting(_), _) => None,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // No code panics while it holds the lock; were one to, the counts would still be whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rest {
    fn is_tried(&self, now: Instant) -> bool {
        self.tried.is_some_and(|begin| now.saturating_duration_since(begin) < REST.1)
    }
}

impl State {
    /// Counts an outcome, and says whether there are too many failures.
    fn count(&mut self, now: Instant, failed: bool) -> bool {
        let since = *self.half_since.get_or_insert(now);
        let age = now.saturating_duration_since(since);
        if age >= WINDOW / 2 {
            let last = mem::take(&mut self.halves[0]);
            self.halves[1] = if age < WINDOW { last } else { Outcomes::default() };
            self.half_since = Some(now);
        }
        self.halves[0].all += 1;
        self.halves[0].failed += u32::from(failed);
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        let [this, last] = self.halves;
        let (all, failures) = (this.all + last.all, this.failed + last.failed);
        self.in_a_row >= IN_A_ROW || failures >= FAILURES && failures * 2 >= all
    }

    fn open(&mut self, now: Instant, length: Duration, asked: Option<Duration>) -> Change {
        let length_now = length.max(asked.unwrap_or_default().min(ASKED_MAX));
        *self = Self { rest: Some(Rest { until: now + length_now, length, tried: None }), ..Self::default() };
        Change::Opened(length_now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: Outcome = Outcome::Failed(None);

    fn after(begin: Instant, ms: u64) -> Instant {
        begin + Duration::from_millis(ms)
    }

    /// A breaker that has just opened.
    fn opened(begin: Instant) -> Breaker {
        let breaker = Breaker::default();
        let changes: Vec<_> = (0..5).map(|_| breaker.settle(begin, Leave::Granted, FAILED)).collect();
        assert_eq!(changes[..4], [None; 4]);
        assert_eq!(changes[4], Some(Change::Opened(REST.0)));
        breaker
    }

    #[test]
    fn five_failures_open_it_and_one_trial_closes_it() {
        let begin = Instant::now();
        let breaker = opened(begin);
        assert_eq!(breaker.ask(begin, Chance::Alone), Leave::Resting(REST.0));
        assert!(!breaker.wants_trial(after(begin, 999)));
        let later = after(begin, 1000);
        assert!(breaker.wants_trial(later));
        assert!(matches!(breaker.ask(later, Chance::No), Leave::Resting(_)), "it may not be the trial");
        assert_eq!(breaker.ask(later, Chance::Alone), Leave::Trial);
        assert!(matches!(breaker.ask(later, Chance::Alone), Leave::Resting(_)), "one at a time");
        assert_eq!(breaker.settle(later, Leave::Granted, Outcome::Answered), None, "an old request");
        assert_eq!(breaker.settle(later, Leave::Trial, Outcome::Answered), Some(Change::Closed));
        assert_eq!(breaker.ask(later, Chance::Alone), Leave::Granted);
        assert_eq!(breaker.settle(later, Leave::Granted, FAILED), None, "the count begins anew");
    }

    #[test]
    fn each_failed_trial_doubles_the_rest_up_to_its_limit() {
        let mut now = Instant::now();
        let breaker = opened(now);
        let mut rests = Vec::new();
        for _ in 0..6 {
            now += Duration::from_secs(60);
            assert_eq!(breaker.ask(now, Chance::Alone), Leave::Trial);
            match breaker.settle(now, Leave::Trial, FAILED) {
                Some(Change::Opened(rest)) => rests.push(rest.as_secs()),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(rests, [2, 4, 5, 5, 5, 5]);
    }

    #[test]
    fn a_trial_that_nobody_waited_for_leaves_room_for_another() {
        let begin = Instant::now();
        let breaker = opened(begin);
        let later = after(begin, 1000);
        assert_eq!(breaker.ask(later, Chance::Alone), Leave::Trial);
        assert_eq!(breaker.settle(later, Leave::Trial, Outcome::Unknown), None);
        assert_eq!(breaker.ask(later, Chance::Alone), Leave::Trial);
    }

    #[test]
    fn a_trial_that_takes_its_time_keeps_nobody_else_from_trying() {
        let begin = Instant::now();
        let breaker = opened(begin);
        let later = after(begin, 1000);
        assert_eq!(breaker.ask(later, Chance::Beside), Leave::Trial, "an upload");
        assert_eq!(breaker.ask(later, Chance::Alone), Leave::Trial);
        assert!(matches!(breaker.ask(after(begin, 5900), Chance::Alone), Leave::Resting(_)));
        assert_eq!(breaker.ask(after(begin, 6000), Chance::Alone), Leave::Trial);
    }

    #[test]
    fn a_server_rests_as_long_as_it_asks_up_to_a_limit() {
        for (asked, rest) in [(0, 1), (7, 7), (3600, 15)] {
            let begin = Instant::now();
            let breaker = Breaker::default();
            let asked = Outcome::Failed(Some(Duration::from_secs(asked)));
            let last = (0..5).filter_map(|_| breaker.settle(begin, Leave::Granted, asked)).last();
            assert_eq!(last, Some(Change::Opened(Duration::from_secs(rest))));
        }
    }

    #[test]
    fn ten_failures_in_a_row_outweigh_a_good_past() {
        let begin = Instant::now();
        let breaker = Breaker::default();
        (0..1000).for_each(|_| assert_eq!(breaker.settle(begin, Leave::Granted, Outcome::Answered), None));
        let changes: Vec<_> = (0..10).map(|_| breaker.settle(begin, Leave::Granted, FAILED)).collect();
        assert_eq!(changes[..9], [None; 9]);
        assert_eq!(changes[9], Some(Change::Opened(REST.0)));
    }

    #[test]
    fn failures_among_twice_as_many_answers_and_old_ones_do_not_count() {
        let begin = Instant::now();
        let breaker = Breaker::default();
        let settle = |ms, outcome| breaker.settle(after(begin, ms), Leave::Granted, outcome);
        for _ in 0..10 {
            assert_eq!(settle(0, Outcome::Answered), None);
            assert_eq!(settle(0, Outcome::Answered), None);
            assert_eq!(settle(0, FAILED), None);
        }
        // The window has passed: four old failures are none.
        for ms in [20_000, 20_001, 20_002, 20_003] {
            assert_eq!(settle(ms, FAILED), None);
        }
        assert_eq!(settle(31_000, FAILED), None);
    }
}
