//! The mutations that have not settled, and the keys that wait for them.

use crate::event::{Effect, MutationId};
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::mutation::options::MutationDefaults;
use crate::mutation::run::{MutationRun, Write};
use crate::options::Plan;

/// Every mutation that has not settled, in the order in which they were started.
#[derive(Default)]
pub(crate) struct Mutations {
    pub(crate) runs: Vec<MutationRun>,
    pub(crate) defaults: MutationDefaults,
    /// What the driver is to do, after everything else of a step.
    pub(crate) effects: Vec<Effect>,
    /// When the first of them wants to be looked at again.
    pub(crate) wake: Option<Moment>,
    /// Made stale, or left unread, while a mutation had writes there.
    deferred: Vec<Stale>,
    /// Reads that were wanted, or in the air, when a mutation wrote their keys.
    held: Vec<(QueryKey, Plan)>,
}

/// What a mutation makes stale.
#[derive(PartialEq, Eq)]
pub(crate) struct Stale {
    pub(crate) key: QueryKey,
    /// Whether it is that query alone, and not those below it.
    pub(crate) exact: bool,
}

impl Mutations {
    /// Whether a mutation has written this very key.
    pub(crate) fn holds(&self, key: &QueryKey) -> bool {
        self.writes().any(|write| write.key == *key)
    }

    /// Keeps a read that was wanted while a mutation holds its key. Of several the newest plan counts.
    pub(crate) fn hold_read(&mut self, key: &QueryKey, plan: Plan) {
        self.drop_read(key);
        self.held.push((key.clone(), plan));
    }

    /// Nobody wants the read of this key any more.
    pub(crate) fn drop_read(&mut self, key: &QueryKey) {
        self.held.retain(|(other, _)| other != key);
    }

    /// How a read of this key is made that waits for a mutation.
    pub(crate) fn read_of(&self, key: &QueryKey) -> Option<Plan> {
        self.held.iter().find(|(other, _)| other == key).map(|(_, plan)| *plan)
    }

    /// The reads whose keys no mutation holds any more.
    pub(crate) fn take_reads(&mut self) -> Vec<(QueryKey, Plan)> {
        let held = std::mem::take(&mut self.held);
        let (kept, released) = held.into_iter().partition(|(key, _)| self.holds(key));
        self.held = kept;
        released
    }

    pub(crate) fn get_mut(&mut self, id: MutationId) -> Option<&mut MutationRun> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// Takes everything from the mutations that concerns the data there was; what is in the air stays there.
    pub(crate) fn forget_all(&mut self) {
        self.deferred.clear();
        self.held.clear();
        for run in &mut self.runs {
            run.forgotten = true;
            run.writes.clear();
            run.scope.clear();
        }
    }

    /// Keeps a key until no mutation has writes there, above or below: all queries below it are stale then.
    pub(crate) fn defer(&mut self, prefix: QueryKey) {
        self.keep(Stale { key: prefix, exact: false });
    }

    /// Keeps a key until no mutation has written it: its query alone is stale then.
    pub(crate) fn defer_exactly(&mut self, key: QueryKey) {
        self.keep(Stale { key, exact: true });
    }

    fn keep(&mut self, stale: Stale) {
        if !self.deferred.contains(&stale) {
            self.deferred.push(stale);
        }
    }

    /// What is stale by now.
    pub(crate) fn take_released(&mut self) -> Vec<Stale> {
        let deferred = std::mem::take(&mut self.deferred);
        let (kept, released) = deferred.into_iter().partition(|stale| match stale.exact {
            true => self.holds(&stale.key),
            false => self.writes().any(|write| write.key.overlaps(&stale.key)),
        });
        self.deferred = kept;
        released
    }

    fn writes(&self) -> impl Iterator<Item = &Write> {
        self.runs.iter().flat_map(|run| &run.writes)
    }
}
