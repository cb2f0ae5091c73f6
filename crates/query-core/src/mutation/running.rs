//! The mutations that have not settled, and the keys that wait for them.

use crate::event::{Effect, MutationId};
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::mutation::options::MutationDefaults;
use crate::mutation::run::{MutationRun, Write};

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
    deferred: Vec<QueryKey>,
}

impl Mutations {
    /// Whether a mutation has written this very key. If so, the key is read again when it settles.
    pub(crate) fn hold(&mut self, key: &QueryKey) -> bool {
        let held = self.writes().any(|write| write.key == *key);
        if held {
            self.defer(key.clone());
        }
        held
    }

    pub(crate) fn get_mut(&mut self, id: MutationId) -> Option<&mut MutationRun> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    /// Takes everything from the mutations that concerns the data there was; what is in the air stays there.
    pub(crate) fn forget_all(&mut self) {
        self.deferred.clear();
        for run in &mut self.runs {
            run.forgotten = true;
            run.writes.clear();
            run.scope.clear();
        }
    }

    /// Keeps a key until no mutation has writes there.
    pub(crate) fn defer(&mut self, key: QueryKey) {
        if !self.deferred.contains(&key) {
            self.deferred.push(key);
        }
    }

    /// The deferred keys that no mutation has writes at, above or below.
    pub(crate) fn take_released(&mut self) -> Vec<QueryKey> {
        let deferred = std::mem::take(&mut self.deferred);
        let (kept, released) =
            deferred.into_iter().partition(|key| self.writes().any(|write| write.key.overlaps(key)));
        self.deferred = kept;
        released
    }

    fn writes(&self) -> impl Iterator<Item = &Write> {
        self.runs.iter().flat_map(|run| &run.writes)
    }
}
