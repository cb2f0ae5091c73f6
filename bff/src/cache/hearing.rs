//! Whether a replica knows of the others' changes, and what it may use while it does not.
//!
//! It asks for them all the time. An answer proves that everything was heard that had been told when the question was
//! sent. Who has had no answer for too long is deaf: an answer of the upstream's is used for as long then as a change
//! may take to be heard, and whatever was stored until the hearing is back is not used any more.

use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::{Duration, Instant},
};

/// How long one answer is proof enough. With the time that a question takes, and the wait until the next, it stays
/// below [`ALONE_FOR`].
pub const TRUST: Duration = Duration::from_millis(600);

/// How long after its request began an answer may be used by a replica that is deaf: as long as any replica may use
/// what another has changed.
pub const ALONE_FOR: Duration = Duration::from_secs(1);

/// Until when everything is known to have been heard.
pub struct Hearing {
    since: Instant,
    /// Microseconds after that.
    until: AtomicU64,
}

impl Hearing {
    /// Of one that has heard nothing before `now`.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self { since: now, until: AtomicU64::new(0) }
    }

    /// Whether everything is heard that was told long enough before `now`.
    #[must_use]
    pub fn is_good(&self, now: Instant) -> bool {
        self.micros(now) < self.until.load(SeqCst)
    }

    /// Whether what was asked for at `asked` may be used at `now`, as far as changes go that nobody has heard of.
    #[must_use]
    pub fn allows(&self, asked: Instant, now: Instant) -> bool {
        self.is_good(now) || now.duration_since(asked) < ALONE_FOR
    }

    /// A question that was sent at `asked` has been answered.
    pub fn heard(&self, asked: Instant) {
        self.until.store(self.micros(asked + TRUST), SeqCst);
    }

    /// A question has not been answered in time.
    pub fn lost(&self) {
        self.until.store(0, SeqCst);
    }

    fn micros(&self, moment: Instant) -> u64 {
        u64::try_from(moment.duration_since(self.since).as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_proof_for_a_while_and_without_one_only_what_is_young_is_used() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let hearing = Hearing::new(start);
        assert!(!hearing.is_good(at(0)));
        assert!(hearing.allows(at(0), at(999)) && !hearing.allows(at(0), at(1000)));
        hearing.heard(at(2000));
        assert!(hearing.is_good(at(2599)) && !hearing.is_good(at(2600)), "by when it was asked");
        assert!(hearing.allows(at(0), at(2599)) && !hearing.allows(at(0), at(2600)));
        hearing.heard(at(3000));
        hearing.lost();
        assert!(!hearing.is_good(at(3001)) && hearing.allows(at(2500), at(3001)));
    }
}
