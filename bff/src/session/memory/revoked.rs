//! Ended sessions whose cookies browsers could still send. No server can take a cookie back, so that one process can
//! do no better.

use std::{
    collections::{HashMap, VecDeque},
    time::SystemTime,
};

use crate::keys::StoreKey;

/// Most sessions that are remembered, about 100 bytes each; past it the oldest are forgotten.
const REVOKED_MAX: usize = 100_000;

#[derive(Default)]
pub(super) struct Revoked {
    versions: HashMap<StoreKey, (u64, SystemTime)>,
    /// Sessions in the order of being forgotten, since all are remembered for equally long.
    order: VecDeque<(StoreKey, SystemTime)>,
}

impl Revoked {
    /// Remembers until `until` that a session has ended with its tokens of `version`. With newer tokens it lives.
    pub(super) fn add(&mut self, key: &StoreKey, version: u64, until: SystemTime) {
        let before = self.versions.get(key).map_or(0, |(version, _)| *version);
        self.versions.insert(key.clone(), (version.max(before), until));
        self.order.push_back((key.clone(), until));
        while self.order.len() > REVOKED_MAX {
            self.forget_first();
        }
    }

    /// Whether a session has ended, if its tokens are of `version`.
    pub(super) fn holds(&self, key: &StoreKey, version: u64) -> bool {
        self.versions.get(key).is_some_and(|(revoked, _)| version <= *revoked)
    }

    /// Forgets the sessions whose time is over.
    pub(super) fn sweep(&mut self, now: SystemTime) {
        while self.order.front().is_some_and(|(_, until)| *until <= now) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some((key, until)) = self.order.pop_front() else { return };
        // A session that was added again is remembered for longer.
        if self.versions.get(&key).is_some_and(|(_, last)| *last == until) {
            self.versions.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::keys::{SessionId, SessionKeys};

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn key() -> StoreKey {
        SessionKeys::random().name(&SessionId::random().unwrap()).unwrap()
    }

    #[test]
    fn what_ended_with_one_version_lives_with_a_newer_one_until_it_ends_whole() {
        let (mut revoked, key) = (Revoked::default(), key());
        revoked.add(&key, 1, at(10));
        assert!(revoked.holds(&key, 0) && revoked.holds(&key, 1) && !revoked.holds(&key, 2));
        revoked.add(&key, u64::MAX, at(20));
        revoked.add(&key, 3, at(20));
        revoked.sweep(at(10));
        assert!(revoked.holds(&key, 9), "it is remembered for as long as was said last");
        revoked.sweep(at(20));
        assert!(!revoked.holds(&key, 0) && revoked.versions.is_empty() && revoked.order.is_empty());
    }

    #[test]
    fn the_oldest_are_forgotten_where_there_are_too_many() {
        let (mut revoked, first, last) = (Revoked::default(), key(), key());
        revoked.add(&first, 0, at(1));
        for _ in 0..REVOKED_MAX {
            revoked.add(&last, 0, at(1));
        }
        assert!(!revoked.holds(&first, 0) && revoked.holds(&last, 0));
        assert_eq!(revoked.order.len(), REVOKED_MAX);
    }
}
