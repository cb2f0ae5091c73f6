//! The mutations that have written something and have not settled, and the keys that wait for them.

use crate::event::MutationId;
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::value::Value;

/// One key that a running mutation has written.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) key: QueryKey,
    /// The data before the first write of this mutation, and when it was true.
    pub(crate) before: Option<(Value, Moment)>,
    /// The version that its last write made.
    pub(crate) version: u64,
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

    /// Adds a write to its mutation. Of several writes at one key the first one's `before` stays.
    pub(crate) fn record(&mut self, id: MutationId, write: Write) {
        let running = &mut self.running;
        let at = running.iter().position(|mutation| mutation.id == id).unwrap_or_else(|| {
            running.push(Running { id, writes: Vec::new() });
            running.len() - 1
        });
        let writes = &mut running[at].writes;
        match writes.iter_mut().find(|earlier| earlier.key == write.key) {
            Some(earlier) => earlier.version = write.version,
            None => writes.push(write),
        }
    }

    /// The writes of a mutation, in order.
    pub(crate) fn writes_of(&self, id: MutationId) -> Vec<Write> {
        let mutation = self.running.iter().find(|mutation| mutation.id == id);
        mutation.map(|mutation| mutation.writes.clone()).unwrap_or_default()
    }

    /// Removes a mutation that has settled.
    pub(crate) fn end(&mut self, id: MutationId) {
        self.running.retain(|mutation| mutation.id != id);
    }

    pub(crate) fn forget_all(&mut self) {
        *self = Self::default();
    }

    /// Keeps a key until no running mutation has writes there.
    pub(crate) fn defer(&mut self, key: QueryKey) {
        if !self.deferred.contains(&key) {
            self.deferred.push(key);
        }
    }

    /// The deferred keys that no running mutation has writes at, above or below.
    pub(crate) fn take_released(&mut self) -> Vec<QueryKey> {
        let deferred = std::mem::take(&mut self.deferred);
        let (kept, released) =
            deferred.into_iter().partition(|key| self.writes().any(|write| write.key.overlaps(key)));
        self.deferred = kept;
        released
    }

    fn writes(&self) -> impl Iterator<Item = &Write> {
        self.running.iter().flat_map(|mutation| &mutation.writes)
    }
}
