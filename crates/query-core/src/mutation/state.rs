//! A mutation under way, as one can ask the cache about it.

use std::any::Any;
use std::fmt;
use std::rc::Rc;

use crate::event::MutationId;
use crate::key::QueryKey;
use crate::moment::Moment;

/// What a mutation does at the moment. One that has settled is not known any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutationStatus {
    /// It waits for an earlier one of its scope to settle.
    Queued,
    /// It waits for the network.
    Paused,
    /// An attempt is in the air.
    Running,
    /// An attempt failed, and the next one waits for its time.
    Waiting,
}

/// A mutation under way.
#[derive(Clone)]
#[non_exhaustive]
pub struct MutationState {
    /// Its name.
    pub id: MutationId,
    /// Its key, if it was given one.
    pub key: Option<QueryKey>,
    /// What it does at the moment.
    pub status: MutationStatus,
    /// Its failed attempts.
    pub failures: u32,
    /// When it was started.
    pub submitted_at: Moment,
    pub(crate) variables: Rc<dyn Any>,
    pub(crate) meta: Option<Rc<dyn Any>>,
}

impl MutationState {
    /// Whether it waits for the network.
    pub fn is_paused(&self) -> bool {
        self.status == MutationStatus::Paused
    }

    /// Its input, if that is an `I`.
    pub fn variables<I: 'static>(&self) -> Option<Rc<I>> {
        Rc::clone(&self.variables).downcast().ok()
    }

    /// What the application keeps with it, if that is an `M`.
    pub fn meta<M: 'static>(&self) -> Option<Rc<M>> {
        self.meta.clone()?.downcast().ok()
    }
}

/// Input and meta do not change during a mutation, and are not compared.
impl PartialEq for MutationState {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.status == other.status && self.failures == other.failures
    }
}

impl fmt::Debug for MutationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutationState")
            .field("id", &self.id)
            .field("key", &self.key)
            .field("status", &self.status)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
