//! Mutations: optimistic writes that can be taken back, and invalidations that wait for the last of them.
//!
//! In order: reads in flight for the key are cancelled, since they may bring the state from before; the data is
//! kept aside; the expected outcome is written. On failure the data goes back, unless there was a write since. When
//! the last running mutation with writes there settles, stale keys are fetched again.

use crate::client::Cache;
use crate::event::MutationId;
use crate::filter::Targets;
use crate::key::QueryKey;
use crate::running_mutations::Write;
use crate::value::Value;

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
        self.mutations.record(id, Write { key, before, version });
    }

    pub(crate) fn roll_back(&mut self, id: MutationId) {
        // The writes stay with the mutation, which holds its keys until it settles.
        for Write { key, before, version: written } in self.mutations.writes_of(id) {
            let (version, now) = (self.next_id(), self.now);
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            if entry.version != written {
                // The data there now was built on a guess that proved wrong; only the server knows the truth.
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
        self.mutations.end(id);
        for key in invalidates {
            self.mutations.defer(key);
        }
        for key in self.mutations.take_released() {
            self.outdate(self.keys(&key), Targets::Active);
        }
    }
}
