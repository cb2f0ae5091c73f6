//! Invalidation (RFC 9111 §4.4): what was asked for before a change is not used after it.
//!
//! Every entry remembers when its request began, as a number that grows with every invalidation. A change of a target
//! or a tag leaves the new number in the slot that its name hashes to; an entry with an older one is outdated. That
//! covers all partitions and all answers still under way, in a fixed number of bytes; two names that share a slot only
//! cost a validation too many.
//!
//! Among replicas a change is the same wherever it was made. One that may have missed some ([`super::hearing`])
//! takes everything for changed.

use std::{
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    time::Instant,
};

use super::{
    buckets::{SLOTS, Slots, Subject},
    hearing::{Hearing, TRUST},
    positions::{Position, Positions},
};

/// A moment, and between which two invalidations it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    number: u64,
    at: Instant,
}

impl Epoch {
    /// The moment after one invalidation more, whichever that is.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { number: self.number + 1, ..self }
    }

    /// Whether there was an invalidation between `earlier` and this.
    #[must_use]
    pub const fn is_newer_than(self, earlier: Self) -> bool {
        self.number > earlier.number
    }
}

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects(Box<[u32]>);

/// When what was changed last.
pub struct Stamps {
    clock: AtomicU64,
    /// When everything was.
    floor: AtomicU64,
    stamps: Box<[AtomicU64]>,
    slots: Slots,
    /// Of other replicas' changes, where there are others.
    others: Option<Others>,
}

/// What is known of other replicas.
struct Others {
    hearing: Hearing,
    positions: Positions,
}

impl Default for Stamps {
    fn default() -> Self {
        Self::new(Slots::own(), None)
    }
}

impl Stamps {
    /// Stamps in these slots, for changes that are heard of through `hearing`; `None`: all are our own.
    #[must_use]
    pub fn new(slots: Slots, hearing: Option<Hearing>) -> Self {
        let stamps = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        let others = hearing.map(|hearing| Others { hearing, positions: Positions::default() });
        Self { clock: AtomicU64::new(0), floor: AtomicU64::new(0), stamps, slots, others }
    }

    /// This moment.
    #[must_use]
    pub fn epoch(&self, now: Instant) -> Epoch {
        Epoch { number: self.clock.load(SeqCst), at: now }
    }

    /// An answer from `target` that carries `tags`.
    #[must_use]
    pub fn subjects(&self, target: &str, tags: &[String]) -> Subjects {
        let tags = tags.iter().map(|tag| self.slots.of(Subject::Tag(tag)));
        Subjects(std::iter::once(self.slots.of(Subject::Target(target))).chain(tags).collect())
    }

    /// Says that these have changed, and by which numbers others know them.
    pub fn change(&self, subjects: &[Subject<'_>]) -> Vec<u32> {
        let slots: Vec<u32> = subjects.iter().flat_map(|subject| self.slots.all(*subject)).collect();
        self.change_slots(&slots);
        slots
    }

    /// Says that what has these numbers has changed.
    pub fn change_slots(&self, slots: &[u32]) {
        let stamp = self.clock.fetch_add(1, SeqCst) + 1;
        for slot in slots {
            if let Some(slot) = self.stamps.get(*slot as usize) {
                slot.fetch_max(stamp, SeqCst);
            }
        }
    }

    /// Says that everything may have changed.
    pub fn change_all(&self) {
        let stamp = self.clock.fetch_add(1, SeqCst) + 1;
        self.floor.fetch_max(stamp, SeqCst);
    }

    /// Whether nothing of it is known to have changed since `epoch`.
    #[must_use]
    pub fn unchanged(&self, subjects: &Subjects, epoch: Epoch) -> bool {
        let stamps = subjects.0.iter().filter_map(|slot| self.stamps.get(*slot as usize));
        stamps.chain([&self.floor]).map(|stamp| stamp.load(SeqCst)).all(|stamp| stamp <= epoch.number)
    }

    /// Whether nothing of it has changed since `epoch`, as far as may be relied on at `now`.
    #[must_use]
    pub fn hold(&self, subjects: &Subjects, epoch: Epoch, now: Instant) -> bool {
        let known = self.others.as_ref().is_none_or(|others| others.hearing.allows(epoch.at, now));
        known && self.unchanged(subjects, epoch)
    }

    /// All that other replicas had told when they were asked at `asked` is known at `now`. If that was not so just
    /// before, everything that was stored until now counts as changed.
    pub fn heard(&self, asked: Instant, now: Instant) {
        let Some(Others { hearing, .. }) = &self.others else { return };
        if !hearing.is_good(now) {
            self.change_all();
        }
        hearing.heard(asked);
    }

    /// Other replicas' changes are not heard any more.
    pub fn lost(&self) {
        if let Some(others) = &self.others {
            others.hearing.lost();
        }
    }

    /// Where in the log of all replicas these numbers were told to have changed, which is known before it counts: an
    /// answer of another replica that is judged later than that is not judged by what was before.
    pub fn change_at(&self, slots: &[u32], position: Position) {
        if let Some(others) = &self.others {
            others.positions.change(slots.iter().copied(), position);
        }
    }

    /// Where in the log everything may have changed.
    pub fn change_all_at(&self, position: Position) {
        if let Some(others) = &self.others {
            others.positions.change_all(position);
        }
    }

    /// The log has been read so far.
    pub fn read_to(&self, position: Position) {
        if let Some(others) = &self.others {
            others.positions.read_to(position);
        }
    }

    /// How far the log has been read, whether that can be relied on or not.
    #[must_use]
    pub fn read_so_far(&self) -> Position {
        self.others.as_ref().map(|others| others.positions.read()).unwrap_or_default()
    }

    /// How far changes are known at `now`; `None` where that cannot be relied on, or there are no other replicas.
    #[must_use]
    pub fn position(&self, now: Instant) -> Option<Position> {
        let others = self.others.as_ref().filter(|others| others.hearing.is_good(now))?;
        Some(others.positions.read())
    }

    /// The least that another replica must have known of when it began to fetch an answer about `subjects`.
    #[must_use]
    pub fn least(&self, subjects: &Subjects) -> Position {
        self.others.as_ref().map(|others| others.positions.least(&subjects.0)).unwrap_or_default()
    }

    /// This moment, for an answer that another replica has fetched: nothing that changed before is missed in it but
    /// what has not been heard of yet.
    #[must_use]
    pub fn epoch_of_others(&self, now: Instant) -> Epoch {
        Epoch { at: now.checked_sub(TRUST).unwrap_or(now), ..self.epoch(now) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_began_before_a_change_is_outdated_and_what_began_after_it_is_not() {
        let (stamps, now) = (Stamps::default(), Instant::now());
        let todo = stamps.subjects("/todos/1", &["todos".to_owned()]);
        let users = stamps.subjects("/users", &["users".to_owned()]);
        let hold = |subjects: &Subjects, epoch| stamps.hold(subjects, epoch, now);
        let before = stamps.epoch(now);
        assert!(hold(&todo, before));
        stamps.change(&[Subject::Target("/todos/1")]);
        let between = stamps.epoch(now);
        let later = stamps.epoch(now + Duration::from_secs(1));
        assert!(between.is_newer_than(before) && !later.is_newer_than(between), "by changes, not by time");
        assert!(!hold(&todo, before) && hold(&todo, between) && hold(&users, before));
        stamps.change(&[Subject::Tag("todos")]);
        assert!(!hold(&todo, between) && hold(&todo, stamps.epoch(now)));
        stamps.change(&[Subject::Tag("/todos/1")]);
        assert!(hold(&todo, stamps.epoch(now)));
        let last = stamps.epoch(now);
        stamps.change_all();
        assert!(!hold(&todo, last) && !hold(&users, last) && hold(&users, stamps.epoch(now)));
    }

    #[test]
    fn who_may_have_missed_something_uses_what_is_young_and_drops_it_when_the_hearing_is_back() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let stamps = Stamps::new(Slots::own(), Some(Hearing::new(start)));
        let todo = stamps.subjects("/todos/1", &[]);
        stamps.heard(at(0), at(1));
        let stored = stamps.epoch(at(1));
        stamps.heard(at(500), at(501));
        assert!(stamps.hold(&todo, stored, at(1099)));
        assert!(!stamps.hold(&todo, stored, at(1100)), "it may be older than a change");
        let alone = stamps.epoch(at(1200));
        assert!(stamps.hold(&todo, alone, at(2199)) && !stamps.hold(&todo, alone, at(2200)));
        stamps.heard(at(2100), at(2101));
        assert!(!stamps.unchanged(&todo, stored) && !stamps.unchanged(&todo, alone));
        assert!(stamps.hold(&todo, stamps.epoch(at(2101)), at(2101)));
    }
}
