//! Optimistic writes: made before the server is asked, and taken back when it refuses.
//!
//! In order: reads in flight are cancelled, as they may bring the state from before; the data is kept; the outcome is
//! written. On failure the data goes back, unless there was a write since. When
//! the last mutation with writes there settles, stale keys are fetched again.

use crate::client::Cache;
use crate::event::{Effect, MutationId};
use crate::key::QueryKey;
use crate::kind::TypeConflict;
use crate::moment::Moment;
use crate::mutation::run::{MutationLeg, Write};
use crate::value::Value;

impl Cache {
    /// Puts the expected outcome of a mutation in place (`None`: the data will be gone), between
    /// [`Cache::begin_mutation`] and [`Cache::submit_mutation`].
    ///
    /// # Errors
    /// Where the key has data of another type.
    pub fn write_optimistically(
        &mut self,
        now: Moment,
        id: MutationId,
        key: &QueryKey,
        value: Option<Value>,
    ) -> Result<Vec<Effect>, TypeConflict> {
        self.now = now;
        let conflict = value.as_ref().and_then(|value| self.conflict(key, value.kind()));
        if let Some(conflict) = conflict {
            return Err(conflict);
        }
        let begins = |leg| leg == MutationLeg::Beginning;
        if self.mutations.get_mut(id).is_some_and(|run| begins(run.leg) && !run.forgotten) {
            self.write_guess(id, key.clone(), value);
        }
        Ok(self.flush())
    }

    fn write_guess(&mut self, id: MutationId, key: QueryKey, value: Option<Value>) {
        let flight = self.entries.get(&key).and_then(|entry| entry.flight.as_ref());
        let page = flight.map(|flight| (flight.kind, flight.plan));
        // What is in the air, or was held up by an earlier change, is read once nothing holds the key.
        let read = page.map(|(_, plan)| plan).or_else(|| self.mutations.read_of(&key));
        self.abort(&key);
        let (version, now) = (self.next_id(), self.now);
        let entry = self.entry(&key);
        let before = entry.data.clone().zip(entry.updated_at);
        let before_version = entry.version;
        match value {
            Some(value) => {
                // The write is a guess and not news: how old the data is, and whether it is stale, stays.
                let (updated_at, invalidated) = (entry.updated_at.unwrap_or(now), entry.invalidated);
                entry.write(value, updated_at, version);
                entry.invalidated = invalidated;
            }
            None => {
                let invalidated = entry.invalidated;
                entry.reset(now, version);
                entry.invalidated = invalidated;
            }
        }
        if let Some((kind, plan)) = page {
            entry.want_page(kind, plan);
        }
        if let Some(plan) = read {
            self.mutations.hold_read(&key, plan);
        }
        self.touched.push(key.clone());
        let Some(run) = self.mutations.get_mut(id) else {
            return;
        };
        // Of several writes at one key the first one's `before` stays.
        match run.writes.iter_mut().find(|earlier| earlier.key == key) {
            Some(earlier) => earlier.version = version,
            None => run.writes.push(Write { key, before, before_version, version }),
        }
    }

    pub(crate) fn roll_back(&mut self, id: MutationId) {
        // The writes stay with the mutation, which holds its keys until it settles.
        let writes = self.mutations.get_mut(id).map(|run| run.writes.clone()).unwrap_or_default();
        for write in writes {
            let Some(entry) = self.entries.get_mut(&write.key) else {
                continue;
            };
            if entry.version != write.version {
                self.take_out(&write);
                continue;
            }
            // With its version: the write below, if its mutation fails too, has to find its own.
            match write.before {
                Some((value, updated_at)) => {
                    let invalidated = entry.invalidated;
                    entry.write(value, updated_at, write.before_version);
                    entry.invalidated = invalidated;
                }
                None => {
                    entry.reset(self.now, write.before_version);
                    self.mutations.defer_exactly(write.key.clone());
                }
            }
            self.touched.push(write.key);
        }
    }

    /// Takes a failed write out from below a later one, which puts the data from before both back if it fails as well.
    fn take_out(&mut self, failed: &Write) {
        let mut writes = self.mutations.runs.iter_mut().flat_map(|run| &mut run.writes);
        let above = |write: &&mut Write| write.key == failed.key && write.before_version == failed.version;
        if let Some(above) = writes.find(above) {
            above.before = failed.before.clone();
            above.before_version = failed.before_version;
        }
        // The data there now was built on a guess that proved wrong; only the server knows the truth.
        self.mutations.defer_exactly(failed.key.clone());
    }
}
