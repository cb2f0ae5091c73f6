//! Sessions in the memory of this process: nothing has to be installed, and they end with the process. For sessions
//! in cookies, this store holds the newer state that the process knows (`merge`).

mod merge;
mod revoked;
mod ttl_set;

use std::{
    collections::{HashMap, HashSet},
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::sync::watch;

use super::store::{Holder, Lifetimes, Owner, RefreshLease, Session, SessionStore, Stored, Swap};
use crate::{
    keys::StoreKey,
    redis::{StoreError, StoreFuture},
    session::{
        endings::Endings,
        memory::{revoked::Revoked, ttl_set::TtlSet},
        store::{Listed, NewTokens, Removed, Term},
    },
};
use telemetry::security::{self, SessionEnd};

/// Most ids remembered as seen; each is remembered for minutes.
const SEEN_MAX: usize = 100_000;

/// Time between sweeps for ended sessions.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// All sessions of one process.
pub struct MemoryStore {
    lifetimes: Lifetimes,
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<StoreKey, Slot>,
    owners: HashMap<Owner, HashSet<StoreKey>>,
    leases: HashMap<StoreKey, Held>,
    seen: TtlSet<String>,
    swept: Option<SystemTime>,
    endings: Endings,
    /// Sessions that must not come back; `None` where none can.
    revoked: Option<Revoked>,
}

struct Slot {
    session: Arc<Session>,
    version: u64,
    /// Time at which the session's browser was last seen.
    seen: SystemTime,
}

struct Held {
    /// `None` while the lease cools down.
    holder: Option<Holder>,
    ends: SystemTime,
    /// Dropped when the lease is given back, which wakes the requests that wait.
    done: watch::Sender<()>,
}

impl MemoryStore {
    /// An empty store for at most `capacity` sessions.
    #[must_use]
    pub fn new(lifetimes: Lifetimes, capacity: usize) -> Self {
        Self { lifetimes, capacity, state: Mutex::default() }
    }

    /// Tells `endings` of the ends that requests notice.
    #[must_use]
    pub fn telling(self, endings: Endings) -> Self {
        self.tell(endings);
        self
    }

    pub(super) fn tell(&self, endings: Endings) {
        self.state().endings = endings;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock; were one to, the maps would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The session under `key`, unless it has ended. An end is noticed and told here.
    fn alive(&mut self, key: &StoreKey, lifetimes: &Lifetimes, now: SystemTime) -> Option<&mut Slot> {
        let ends = lifetimes.end_of(&self.sessions.get(key)?.session);
        if ends <= now {
            if let Some(session) = self.remove(key) {
                self.endings.tell(&session, SessionEnd::Expired);
            }
            return None;
        }
        self.sessions.get_mut(key)
    }

    fn remove(&mut self, key: &StoreKey) -> Option<Arc<Session>> {
        let session = self.sessions.remove(key)?.session;
        self.leases.remove(key);
        for owner in Owner::all_of(&session) {
            if let Some(keys) = self.owners.get_mut(&owner) {
                keys.remove(key);
                if keys.is_empty() {
                    self.owners.remove(&owner);
                }
            }
        }
        Some(session)
    }

    fn sweep(&mut self, lifetimes: &Lifetimes, now: SystemTime) {
        if self.swept.is_none_or(|swept| now >= swept + SWEEP_EVERY) {
            self.clear_out(lifetimes, now);
        }
    }

    fn clear_out(&mut self, lifetimes: &Lifetimes, now: SystemTime) {
        self.swept = Some(now);
        let dead = self.sessions.iter().filter(|(_, entry)| lifetimes.end_of(&entry.session) <= now);
        let dead: Vec<StoreKey> = dead.map(|(key, _)| key.clone()).collect();
        for key in dead {
            // No request has asked for these: their tokens are left to end by themselves.
            if let Some(session) = self.remove(&key) {
                security::session_ended(&session.user.id, &session.handle, SessionEnd::Expired);
            }
        }
        self.leases.retain(|_, lease| lease.ends > now);
        if let Some(revoked) = &mut self.revoked {
            revoked.sweep(now);
        }
    }

    fn insert(&mut self, key: StoreKey, Stored { session, version }: Stored, seen: SystemTime) {
        for owner in Owner::all_of(&session) {
            self.owners.entry(owner).or_default().insert(key.clone());
        }
        self.sessions.insert(key, Slot { session, version, seen });
    }
}

impl SessionStore for MemoryStore {
    fn count(&self, now: SystemTime) -> Option<usize> {
        let mut state = self.state();
        state.clear_out(&self.lifetimes, now);
        Some(state.sessions.len())
    }

    fn create(&self, key: StoreKey, session: Session) -> StoreFuture<'_, ()> {
        let mut state = self.state();
        state.sweep(&self.lifetimes, session.created);
        if !state.has_room(self.capacity) {
            return done(Err(StoreError::Full));
        }
        let seen = session.created;
        state.insert(key, Stored { session: Arc::new(session), version: 0 }, seen);
        done(Ok(()))
    }

    fn get<'a>(&'a self, key: &'a StoreKey, now: SystemTime) -> StoreFuture<'a, Option<Stored>> {
        done(Ok(self.state().alive(key, &self.lifetimes, now).map(|entry| entry.stored())))
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, now: SystemTime) -> StoreFuture<'a, ()> {
        if let Some(entry) = self.state().alive(key, &self.lifetimes, now) {
            Arc::make_mut(&mut entry.session).last_used = now;
        }
        done(Ok(()))
    }

    fn swap_tokens<'a>(
        &'a self,
        key: &'a StoreKey,
        new: NewTokens,
        now: SystemTime,
    ) -> StoreFuture<'a, Swap> {
        let NewTokens { version, tokens, claims } = new;
        let mut state = self.state();
        let Some(entry) = state.alive(key, &self.lifetimes, now) else {
            return done(Ok(Swap::Gone));
        };
        if entry.version != version {
            return done(Ok(Swap::Lost(entry.stored())));
        }
        let session = Arc::make_mut(&mut entry.session);
        (session.tokens, session.claims) = (tokens, claims);
        entry.version += 1;
        done(Ok(Swap::Done(entry.stored())))
    }

    fn delete<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Removed> {
        let mut state = self.state();
        // The session may come back in a cookie, even one that is not known here.
        state.revoke(key, u64::MAX, self.lifetimes.max);
        done(Ok(state.remove(key)))
    }

    fn delete_version<'a>(&'a self, key: &'a StoreKey, version: u64) -> StoreFuture<'a, Removed> {
        let mut state = self.state();
        if state.sessions.get(key).is_none_or(|entry| entry.version != version) {
            return done(Ok(None));
        }
        state.revoke(key, version, self.lifetimes.max);
        done(Ok(state.remove(key)))
    }

    fn list<'a>(&'a self, owner: &'a Owner, now: SystemTime) -> StoreFuture<'a, Listed> {
        let mut state = self.state();
        let keys: Vec<StoreKey> = state.owners.get(owner).into_iter().flatten().cloned().collect();
        let alive = keys.into_iter().filter_map(|key| {
            let session = Arc::clone(&state.alive(&key, &self.lifetimes, now)?.session);
            Some((key, session))
        });
        done(Ok(alive.collect()))
    }

    fn lease<'a>(&'a self, key: &'a StoreKey, holder: Holder, term: Term) -> StoreFuture<'a, RefreshLease> {
        let Term { now, ends } = term;
        let mut state = self.state();
        if let Some(held) = state.leases.get_mut(key).filter(|held| held.ends > now) {
            return match held.holder {
                None => done(Ok(RefreshLease::Cooling)),
                Some(of) if of == holder => {
                    held.ends = ends;
                    done(Ok(RefreshLease::Yours))
                }
                Some(_) => {
                    let mut over = held.done.subscribe();
                    done(Ok(RefreshLease::Held(Box::pin(async move {
                        // The sender never sends: the future resolves when the sender is dropped.
                        let _ = over.changed().await;
                    }))))
                }
            };
        }
        let lease = Held { holder: Some(holder), ends, done: watch::Sender::new(()) };
        let before = state.leases.insert(key.clone(), lease).and_then(|held| held.holder);
        done(Ok(if before.is_some_and(|before| before != holder) {
            RefreshLease::Inherited
        } else {
            RefreshLease::Yours
        }))
    }

    fn release<'a>(
        &'a self,
        key: &'a StoreKey,
        holder: Holder,
        cool_until: Option<SystemTime>,
    ) -> StoreFuture<'a, ()> {
        let mut state = self.state();
        if state.leases.get(key).is_some_and(|held| held.holder == Some(holder)) {
            state.leases.remove(key);
            if let Some(ends) = cool_until {
                state.leases.insert(key.clone(), Held { holder: None, ends, done: watch::Sender::new(()) });
            }
        }
        done(Ok(()))
    }

    fn is_first<'a>(&'a self, id: &'a str, term: Term) -> StoreFuture<'a, bool> {
        done(self.state().seen.insert(id.to_owned(), SEEN_MAX, term))
    }
}

impl Slot {
    fn stored(&self) -> Stored {
        Stored { session: Arc::clone(&self.session), version: self.version }
    }
}

/// A future that is ready at once: this store never waits.
fn done<'a, T: Send + 'a>(result: Result<T, StoreError>) -> StoreFuture<'a, T> {
    Box::pin(ready(result))
}

#[cfg(test)]
mod tests;
