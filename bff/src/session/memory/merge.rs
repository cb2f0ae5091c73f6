//! Merges a session cookie with the newer state that this process may know.
//!
//! A browser with several requests under way keeps sending the cookie that it had. The session may have been used,
//! renewed or ended since. A cookie may also be newer than this process's state, after another replica renewed its
//! tokens. The process then takes over the cookie's state.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{MemoryStore, Revoked, Slot, State};
use crate::{
    keys::StoreKey,
    session::store::{Lifetimes, Session, Stored},
};
use http_message::unix_time::millis;

/// The share of the sessions that is forgotten when there is no room for another: one in so many. Those are the
/// sessions whose browsers were seen least recently. A browser brings its session along when it returns.
const FORGOTTEN_SHARE: usize = 8;

impl MemoryStore {
    /// A store of sessions that come back in cookies: it is never full, and remembers revoked sessions.
    #[must_use]
    pub fn merging(lifetimes: Lifetimes, capacity: usize) -> Self {
        let store = Self::new(lifetimes, capacity);
        store.state().revoked = Some(Revoked::default());
        store
    }

    /// Merges the session `shown` by a browser with the state known here; `None` where the session has ended.
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
    /// Makes room for one more session; false where there is none.
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

    /// Remembers a session as ended with its tokens of `version`, for as long as any session can live.
    pub(super) fn revoke(&mut self, key: &StoreKey, version: u64, max: Duration) {
        if let Some(revoked) = &mut self.revoked {
            revoked.add(key, version, SystemTime::now() + max);
        }
    }
}

impl Slot {
    /// Takes over newer state from a cookie. Of tokens that two replicas renewed at once, the later ones count.
    fn learn(&mut self, shown: &Stored) {
        let last_used = shown.session.last_used;
        if last_used > self.session.last_used {
            Arc::make_mut(&mut self.session).last_used = last_used;
        }
        let order = |version: u64, session: &Session| (version, millis(session.tokens.issued));
        if order(shown.version, &shown.session) > order(self.version, &self.session) {
            let session = Arc::make_mut(&mut self.session);
            session.tokens = shown.session.tokens.clone();
            session.claims = shown.session.claims.clone();
            self.version = shown.version;
        }
    }
}
