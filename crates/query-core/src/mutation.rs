//! Mutations: optimistic writes that can be taken back, and invalidations that wait for the last of them.
//!
//! In order: reads in flight for the key are cancelled, since they may bring the state from before; the data is
//! kept aside; the expected outcome is written. On failure the data goes back, unless somebody wrote since. When
//! the last running mutation with writes there settles, what was made stale is fetched again.

use crate::client::Cache;
use crate::event::MutationId;
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::value::Value;

/// One key that a running mutation has written.
#[derive(Clone, Debug)]
struct Write {
    key: QueryKey,
    /// The data before the first write of this mutation, and when it was true.
    before: Option<(Value, Moment)>,
    /// The version that its last write made.
    version: u64,
}

#[derive(Debug)]
struct Running {
    id: MutationId,
    writes: Vec<Write>,
}

/// Every mutation that has written something and has not settled.
#[derive(Debug, Default)]
pub(crate) struct Mutations {
    running: Vec<Running>,
    /// Made stale, or left unread, while a running mutation had writes there.
    deferred: Vec<QueryKey>,
}

impl Mutations {
    /// Whether a running mutation has written this very key. If so, the key is read again when it settles.
    pub(crate) fn hold(&mut self, key: &QueryKey) -> bool {
        let held = self.writes().any(|write| write.key == *key);
        if held {
            self.defer(key.clone());
        }
        held
    }

    pub(crate) fn forget_all(&mut self) {
        *self = Self::default();
    }

    fn writes(&self) -> impl Iterator<Item = &Write> {
        self.running.iter().flat_map(|mutation| &mutation.writes)
    }

    fn defer(&mut self, key: QueryKey) {
        if !self.deferred.contains(&key) {
            self.deferred.push(key);
        }
    }

    /// The deferred keys that no running mutation has writes at, above or below.
    fn take_released(&mut self) -> Vec<QueryKey> {
        let deferred = std::mem::take(&mut self.deferred);
        let (kept, released) =
            deferred.into_iter().partition(|key| self.writes().any(|write| write.key.overlaps(key)));
        self.deferred = kept;
        released
    }
}

impl Cache {
    pub(crate) fn write_optimistically(&mut self, id: MutationId, key: QueryKey, value: Option<Value>) {
        if self.abort(&key) {
            self.mutations.defer(key.clone());
        }
        let (version, now) = (self.next_id(), self.now);
        let entry = self.entry(&key);
        let before = entry.data.clone().zip(entry.updated_at);
        match value {
            Some(value) => {
                // The write is a guess and not news: how old the data is, and whether it is stale, stays.
                let (updated_at, invalidated) = (entry.updated_at.unwrap_or(now), entry.invalidated);
                entry.write(value, updated_at, version);
                entry.invalidated = invalidated;
            }
            None => entry.reset(now, version),
        }
        self.touched.push(key.clone());
        let running = &mut self.mutations.running;
        let at = running.iter().position(|mutation| mutation.id == id).unwrap_or_else(|| {
            running.push(Running { id, writes: Vec::new() });
            running.len() - 1
        });
        let writes = &mut running[at].writes;
        match writes.iter_mut().find(|write| write.key == key) {
            Some(write) => write.version = version,
            None => writes.push(Write { key, before, version }),
        }
    }

    pub(crate) fn roll_back(&mut self, id: MutationId) {
        let Some(mutation) = self.mutations.running.iter_mut().find(|mutation| mutation.id == id) else {
            return;
        };
        // The writes stay with the mutation, which holds its keys until it settles.
        let undone = mutation.writes.clone();
        for Write { key, before, version: written } in undone {
            let (version, now) = (self.next_id(), self.now);
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            if entry.version != written {
                // What is there now was built on a guess that proved wrong; only the server knows the truth.
                self.mutations.defer(key);
                continue;
            }
            match before {
                Some((value, updated_at)) => {
                    let invalidated = entry.invalidated;
                    entry.write(value, updated_at, version);
                    entry.invalidated = invalidated;
                }
                None => entry.reset(now, version),
            }
            self.touched.push(key);
        }
    }

    pub(crate) fn settle(&mut self, id: MutationId, invalidates: Vec<QueryKey>) {
        self.mutations.running.retain(|mutation| mutation.id != id);
        for key in invalidates {
            self.mutations.defer(key);
        }
        for key in self.mutations.take_released() {
            self.invalidate(&key);
        }
    }
}
