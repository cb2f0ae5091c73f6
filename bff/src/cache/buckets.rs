//! Numbers for what may change: few enough to keep one stamp for each, and such that nobody can choose names that share
//! one.
//!
//! A process by itself draws them. Replicas have to agree on them: theirs come from `BFF_SESSION_KEY`, and are all
//! that others learn of what has changed.

use std::hash::{BuildHasher as _, RandomState};

use crate::session::{id::SessionKeys, seal::Seal};

/// How many there are; each costs 16 bytes. Where many subjects change within the lifetime of an answer, few of them would
/// outdate what is kept of others.
pub const SLOTS: u32 = 128 * 1024;

/// What may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject<'a> {
    /// What is at a path and query below the base URL.
    Target(&'a str),
    /// Whatever carries a tag.
    Tag(&'a str),
}

/// Which subject has which number.
pub struct Slots(Numbering);

enum Numbering {
    Own(RandomState),
    Shared(Seal),
}

impl Slots {
    /// Numbers of this process.
    #[must_use]
    pub fn own() -> Self {
        Self(Numbering::Own(RandomState::new()))
    }

    /// The numbers of all who have `keys`.
    #[must_use]
    pub fn shared(keys: &SessionKeys) -> Self {
        Self(Numbering::Shared(Seal::new(keys)))
    }

    /// The number that this process knows a subject by.
    #[must_use]
    pub fn of(&self, subject: Subject<'_>) -> u32 {
        self.all(subject).next().unwrap_or_default()
    }

    /// The numbers that anybody knows it by: with each key another, so that a key can be changed one replica at a
    /// time.
    pub fn all(&self, subject: Subject<'_>) -> impl Iterator<Item = u32> {
        let (own, shared) = match &self.0 {
            Numbering::Own(hasher) => (Some(hasher.hash_one(subject)), None),
            Numbering::Shared(seal) => {
                let (kind, name) = match subject {
                    Subject::Target(target) => (&b"target"[..], target),
                    Subject::Tag(tag) => (&b"tag"[..], tag),
                };
                let names: Vec<_> = seal.names("changed", &[kind, name.as_bytes()]).collect();
                (None, Some(names))
            }
        };
        let shared = shared.into_iter().flatten().map(|name| {
            let (first, _) = name.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
            u64::from_be_bytes(*first)
        });
        // The remainder is below the number of slots, which fits.
        own.into_iter().chain(shared).map(|hash| u32::try_from(hash % u64::from(SLOTS)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0a1b";
    const NEW: &str = "1b0a";

    fn shared(keys: &[&str]) -> Slots {
        let keys: Vec<String> = keys.iter().map(|key| key.repeat(16)).collect();
        Slots::shared(&SessionKeys::parse(&keys.join(",")).unwrap())
    }

    #[test]
    fn who_has_the_same_keys_has_the_same_numbers_and_others_have_others() {
        let todo = Subject::Target("/todos/1");
        assert_eq!(shared(&[OLD]).of(todo), shared(&[OLD]).of(todo));
        let numbers =
            |slots: &Slots| (0..8).map(|n| slots.of(Subject::Tag(&n.to_string()))).collect::<Vec<_>>();
        assert_ne!(numbers(&shared(&[OLD])), numbers(&shared(&[NEW])));
        assert_ne!(numbers(&Slots::own()), numbers(&Slots::own()));
    }

    #[test]
    fn while_a_key_is_changed_everybody_is_told() {
        let todo = Subject::Target("/todos/1");
        let (before, after) = (shared(&[OLD, NEW]), shared(&[NEW, OLD]));
        for told in [&before, &after] {
            for hears in [&before, &after] {
                assert!(told.all(todo).any(|slot| slot == hears.of(todo)));
            }
        }
    }
}
