//! Invalidation (RFC 9111 §4.4): what was asked for before a change is not used after it.
//!
//! Every entry remembers when its request began, as a number that grows with every invalidation. A change of a target
//! or a tag leaves the new number in the slot that its name hashes to; an entry with an older one is outdated. That
//! covers all partitions and all answers still under way, in a fixed number of bytes; two names that share a slot only
//! cost a validation too many.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::atomic::{AtomicU64, Ordering::SeqCst},
};

/// Slots; 8 bytes each, 2 MiB in all. Where many targets change within the lifetime of an answer, few slots would make
/// them outdate each other's answers.
const SLOTS: usize = 256 * 1024;

/// A moment between two invalidations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects(Box<[usize]>);

/// When what was changed last.
pub struct Stamps {
    clock: AtomicU64,
    slots: Box<[AtomicU64]>,
    /// Random, so that nobody can choose names that share a slot.
    hasher: RandomState,
}

impl Default for Stamps {
    fn default() -> Self {
        let slots = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { clock: AtomicU64::new(0), slots, hasher: RandomState::new() }
    }
}

impl Stamps {
    /// This moment.
    #[must_use]
    pub fn now(&self) -> Epoch {
        Epoch(self.clock.load(SeqCst))
    }

    /// An answer from `target` that carries `tags`.
    #[must_use]
    pub fn subjects(&self, target: &str, tags: &[String]) -> Subjects {
        let tags = tags.iter().map(|tag| self.slot(("tag", tag)));
        Subjects(std::iter::once(self.slot(("target", target))).chain(tags).collect())
    }

    /// Says that what is at `target` has changed.
    pub fn change_target(&self, target: &str) {
        self.change(self.slot(("target", target)));
    }

    /// Says that whatever carries `tag` has changed.
    pub fn change_tag(&self, tag: &str) {
        self.change(self.slot(("tag", tag)));
    }

    /// Whether nothing of it has changed since `epoch`.
    #[must_use]
    pub fn hold(&self, subjects: &Subjects, epoch: Epoch) -> bool {
        let stamps = subjects.0.iter().filter_map(|slot| self.slots.get(*slot));
        stamps.map(|stamp| stamp.load(SeqCst)).all(|stamp| stamp <= epoch.0)
    }

    fn change(&self, slot: usize) {
        let stamp = self.clock.fetch_add(1, SeqCst) + 1;
        if let Some(slot) = self.slots.get(slot) {
            slot.fetch_max(stamp, SeqCst);
        }
    }

    fn slot(&self, name: (&str, &str)) -> usize {
        // The remainder is below the number of slots, which fits.
        usize::try_from(self.hasher.hash_one(name) % SLOTS as u64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_began_before_a_change_is_outdated_and_what_began_after_it_is_not() {
        let stamps = Stamps::default();
        let todo = stamps.subjects("/todos/1", &["todos".to_owned()]);
        let users = stamps.subjects("/users", &["users".to_owned()]);
        let before = stamps.now();
        assert!(stamps.hold(&todo, before));
        stamps.change_target("/todos/1");
        let between = stamps.now();
        assert!(!stamps.hold(&todo, before) && stamps.hold(&todo, between) && stamps.hold(&users, before));
        stamps.change_tag("todos");
        assert!(!stamps.hold(&todo, between) && stamps.hold(&todo, stamps.now()));
        stamps.change_tag("/todos/1");
        assert!(stamps.hold(&todo, stamps.now()));
    }
}
