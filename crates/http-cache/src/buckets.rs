//! Hashes cache subjects (targets and tags) into 128 Ki buckets. A collision costs one needless revalidation.
//!
//! The caller gives the hash. With Redis it is keyed with `BFF_SESSION_KEY`: replicas agree on it, and outsiders
//! cannot force collisions.

use std::hash::{BuildHasher as _, RandomState};

/// The number of buckets; each costs 8 bytes. With fewer, many changes within an answer's lifetime would outdate
/// answers about other subjects.
pub const BUCKETS: u32 = 128 * 1024;

/// Hashes of a kind of subject and its name. The first is the one that is read, a change is written to all.
pub type Hash = dyn Fn(&'static str, &str) -> Vec<u64> + Send + Sync;

/// A subject of stored answers, which a change outdates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A path and query below the base URL.
    Target(&'a str),
    /// A tag, for all answers that carry it.
    Tag(&'a str),
}

/// The mapping of subjects to buckets.
pub struct Buckets(Box<Hash>);

impl Buckets {
    /// Buckets by `hash`.
    #[must_use]
    pub fn new(hash: Box<Hash>) -> Self {
        Self(hash)
    }

    /// Buckets of this process alone.
    #[must_use]
    pub fn own() -> Self {
        let hasher = RandomState::new();
        Self::new(Box::new(move |kind, name| vec![hasher.hash_one((kind, name))]))
    }

    /// The bucket that is read for a subject.
    #[must_use]
    pub fn of(&self, subject: Subject<'_>) -> u32 {
        self.all(subject).next().unwrap_or_default()
    }

    /// The buckets that a change of a subject is written to.
    pub fn all(&self, subject: Subject<'_>) -> impl Iterator<Item = u32> {
        let hashes = match subject {
            Subject::Target(target) => (self.0)("target", target),
            Subject::Tag(tag) => (self.0)("tag", tag),
        };
        // The remainder is below the number of buckets, which fits.
        hashes.into_iter().map(|hash| u32::try_from(hash % u64::from(BUCKETS)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_has_buckets_of_its_own_and_a_target_is_no_tag() {
        let (one, other) = (Buckets::own(), Buckets::own());
        let names: Vec<String> = (0..8).map(|number| number.to_string()).collect();
        let tags =
            |buckets: &Buckets| names.iter().map(|name| buckets.of(Subject::Tag(name))).collect::<Vec<_>>();
        let targets: Vec<_> = names.iter().map(|name| one.of(Subject::Target(name))).collect();
        assert_eq!(tags(&one), tags(&one));
        assert_ne!(tags(&one), tags(&other));
        assert_ne!(tags(&one), targets);
    }
}
