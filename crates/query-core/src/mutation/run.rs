//! One mutation from its start to its end.

use std::any::Any;
use std::rc::Rc;

use crate::event::MutationId;
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::mutation::options::Rules;
use crate::mutation::state::{MutationState, MutationStatus};
use crate::value::Value;

/// One key that a mutation has written before its server was asked.
#[derive(Clone)]
pub(crate) struct Write {
    pub(crate) key: QueryKey,
    /// The data before the first write of this mutation, and when it was true.
    pub(crate) before: Option<(Value, Moment)>,
    /// The version of that data. It names the write below this one, if that was a mutation's too.
    pub(crate) before_version: u64,
    /// The version that its last write made.
    pub(crate) version: u64,
}

/// The stage of a mutation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MutationLeg {
    /// It makes its optimistic writes.
    Beginning,
    /// It waits for the earlier ones of its scope to settle.
    Queued,
    /// It waits for the network.
    Paused,
    /// An attempt is in the air, and is given up then.
    Running { until: Moment },
    /// An attempt failed; the next one is due then.
    Waiting { until: Moment },
    /// It has an outcome, which its driver is told.
    Ended,
}

pub(crate) struct MutationRun {
    pub(crate) id: MutationId,
    pub(crate) key: Option<QueryKey>,
    pub(crate) variables: Rc<dyn Any>,
    pub(crate) meta: Option<Rc<dyn Any>>,
    pub(crate) submitted_at: Moment,
    pub(crate) rules: Rules,
    pub(crate) scope: Vec<QueryKey>,
    pub(crate) writes: Vec<Write>,
    pub(crate) leg: MutationLeg,
    pub(crate) failures: u32,
    /// How many attempts were made; the number of the one in the air.
    pub(crate) attempts: u32,
    /// The cache was cleared since: it writes nothing any more, and what was not sent is not sent.
    pub(crate) forgotten: bool,
}

impl MutationRun {
    /// Whether it has to wait for `earlier` to settle.
    pub(crate) fn is_behind(&self, earlier: &Self) -> bool {
        self.scope.iter().any(|key| earlier.scope.contains(key))
    }

    pub(crate) fn state(&self) -> MutationState {
        MutationState {
            id: self.id,
            key: self.key.clone(),
            status: self.status(),
            failures: self.failures,
            submitted_at: self.submitted_at,
            variables: Rc::clone(&self.variables),
            meta: self.meta.clone(),
        }
    }

    pub(crate) fn status(&self) -> MutationStatus {
        match self.leg {
            MutationLeg::Queued => MutationStatus::Queued,
            MutationLeg::Paused => MutationStatus::Paused,
            MutationLeg::Waiting { .. } => MutationStatus::Waiting,
            MutationLeg::Beginning | MutationLeg::Running { .. } | MutationLeg::Ended => {
                MutationStatus::Running
            }
        }
    }

    /// When it wants to be looked at again.
    pub(crate) fn wake(&self) -> Option<Moment> {
        match self.leg {
            MutationLeg::Running { until } | MutationLeg::Waiting { until } => Some(until),
            _ => None,
        }
    }
}
