//! Sessions that their browsers carry, and show with every request: what this process knows of them beyond that.
//!
//! A browser that has asked for many things at once goes on showing the cookie that it had when it asked. Here is what has
//! become of the session since: it was used, its tokens were renewed, it ended. Where a cookie knows more than this process
//! (it was renewed by another replica), the process learns.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Entry, MemoryStore, Revoked, State};
use crate::{
    keys::StoreKey,
    session::store::{Lifetimes, Session, Stored},
};
use http_message::unix_time::millis;

/// Where there is no room for another session, one of so many is forgotten: those whose browsers have not come by for the
/// longest. They bring their sessions along when they do.
const FORGOTTEN_SHARE: usize = 8;

impl MemoryStore {
    /// A store of sessions that come back by themselves: it is never full, and remembers what has ended.
    #[must_use]
    pub fn merging(lifetimes: Lifetimes, capacity: usize) -> Self {
        let store = Self::new(lifetimes, capacity);
        store.state().revoked = Some(Revoked::default());
        store
    }

    /// What has become of the session that a browser shows as `shown`; `None` where it has ended.
    #[must_use]
    pub fn merge(&self, key: &StoreKey, shown: &Stored, now: SystemTime) -> Option<Stored> {
        let mut state = self.state();
        state.sweep(&self.lifetimes, now);
        if let Some(known) = state.sessions.get_mut(key) {
            known.learn(shown);
        } else {
            let revoked = state.revoked.as_ref().is_some_and(|revoked| revoked.holds(key, shown.version));
            if revoked || self.lifetimes.end_of(&shown.session) <= now || !state.has_room(self.capacity) {
                return None;
            }
            state.insert(key.clone(), shown.clone(), now);
        }
        let known = state.alive(key, &self.lifetimes, now)?;
        known.seen = now;
        Some(known.stored())
    }
}

impl State {
    /// Whether one more session may be put in.
    pub(super) fn has_room(&mut self, capacity: usize) -> bool {
        if self.sessions.len() >= capacity && self.revoked.is_some() {
            self.forget(capacity / FORGOTTEN_SHARE + 1);
        }
        self.sessions.len() < capacity
    }

    fn forget(&mut self, count: usize) {
        let mut seen: Vec<_> = self.sessions.iter().map(|(key, entry)| (entry.seen, key.clone())).collect();
        seen.sort_unstable();
        for (_, key) in seen.into_iter().take(count) {
            self.remove(&key);
        }
    }

    /// Remembers that a session has ended with its tokens of `version`, for as long as any can live.
    pub(super) fn revoke(&mut self, key: &StoreKey, version: u64, max: Duration) {
        if let Some(revoked) = &mut self.revoked {
            revoked.add(key, version, SystemTime::now() + max);
        }
    }
}

impl Entry {
    /// Takes over what a cookie knows better. Of tokens that two replicas renewed at once the later ones count.
    fn learn(&mut self, shown: &Stored) {
        let last_used = shown.session.last_used;
        if last_used > self.session.last_used {
            Arc::make_mut(&mut self.session).last_used = last_used;
        }
        let order = |version: u64, session: &Session| (version, millis(session.tokens.issued));
        if order(shown.version, &shown.session) > order(self.version, &self.session) {
            Arc::make_mut(&mut self.session).tokens = shown.session.tokens.clone();
            self.version = shown.version;
        }
    }
}
