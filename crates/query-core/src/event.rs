//! The inputs (events) and outputs (effects) of the state machine.

use crate::key::QueryKey;
use crate::options::{Options, Plan};
use crate::retry::Failure;
use crate::value::Value;
use crate::view::FetchKind;

/// Names an observer of a query. Allocated by [`Cache::new_observer`](crate::Cache::new_observer).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObserverId(pub(crate) u64);

/// Names a fetch from its first attempt to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlightId(pub(crate) u64);

/// Names a mutation from its start to its end. Given by [`Cache::begin_mutation`](crate::Cache::begin_mutation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MutationId(pub(crate) u64);

/// Something happened. Handed to [`Cache::step`](crate::Cache::step) together with the time it happened at.
#[derive(Clone, Debug)]
pub enum Event {
    /// An observer appeared, or changed its key or options. The same observation again does nothing.
    Observe {
        /// The observer.
        observer: ObserverId,
        /// The key that it observes from now on.
        key: QueryKey,
        /// Its options.
        options: Options,
    },
    /// An observer is gone. The last one aborts the flight of its query.
    Leave {
        /// The observer.
        observer: ObserverId,
    },
    /// Fetch now, fresh or not; joins a flight that is already in the air.
    Refetch {
        /// The key.
        key: QueryKey,
        /// How.
        plan: Plan,
    },
    /// Fetch one more page of a paged query, after the flight that may be in the air.
    FetchPage {
        /// The key.
        key: QueryKey,
        /// At which end: [`FetchKind::More`] or [`FetchKind::Earlier`].
        kind: FetchKind,
        /// How.
        plan: Plan,
    },
    /// An attempt ended. Ignored when its flight was aborted meanwhile.
    Fetched {
        /// The key of the effect that asked for it.
        key: QueryKey,
        /// The flight of the effect that asked for it.
        flight: FlightId,
        /// Its outcome.
        result: Result<Value, Failure>,
    },
    /// There is no way to fetch a key: its flight ends without a result.
    Unfetchable {
        /// Which.
        key: QueryKey,
    },
    /// The network came (`true`) or went.
    Online(bool),
    /// The page came to the front (`true`) or was hidden.
    Visible(bool),
    /// The moment of [`Cache::next_wake`](crate::Cache::next_wake) has come. Harmless at any other time.
    Tick,
}

/// An effect that the cache's driver carries out, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make an attempt and report it with [`Event::Fetched`].
    Fetch {
        /// The key.
        key: QueryKey,
        /// For the report.
        flight: FlightId,
        /// The purpose.
        kind: FetchKind,
    },
    /// Stop the attempt of a flight; its report will be ignored.
    Abort {
        /// Which.
        flight: FlightId,
    },
    /// The view of this observer has changed.
    Notify {
        /// The observer.
        observer: ObserverId,
    },
    /// The number of queries being fetched has changed.
    FetchingCount(usize),
    /// The query was dropped: whatever is kept for its key can go.
    Forget {
        /// Which.
        key: QueryKey,
    },
    /// Something about a mutation. A driver that never starts one need not know it.
    Mutation(MutationEffect),
    /// Something happened to a query. Only where [`Cache::watch`](crate::Cache::watch) asked for it.
    Changed {
        /// Which.
        key: QueryKey,
        /// What.
        change: Change,
    },
}

/// An effect that concerns a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutationEffect {
    /// Ask the server, and report with [`Cache::mutation_answered`](crate::Cache::mutation_answered).
    Attempt {
        /// Which.
        mutation: MutationId,
        /// For the report.
        attempt: u32,
    },
    /// Stop the attempt in the air; its report will be ignored.
    Abort {
        /// Whose.
        mutation: MutationId,
    },
    /// It has an outcome, and what it had written is taken back if that is none: tell everyone, then
    /// [`Cache::settle_mutation`](crate::Cache::settle_mutation).
    End {
        /// Which.
        mutation: MutationId,
        /// Its outcome.
        end: MutationEnd,
    },
    /// Its state has changed, or it has settled.
    Changed {
        /// Which.
        mutation: MutationId,
    },
}

/// The outcome of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutationEnd {
    /// The last attempt brought what was wanted.
    Succeeded,
    /// The last attempt brought an error, and there is no other one to come.
    Failed,
    /// An attempt had no answer within its time limit.
    TimedOut,
    /// It was cancelled.
    Cancelled,
}

/// What happened to a query.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// It came into the cache.
    Added,
    /// Its state is another: data, a flight, a failure, its age, or who observes it.
    Updated,
    /// A fetch has brought data.
    Fetched,
    /// A fetch has failed for good, with this error.
    Failed(Value),
    /// It is gone.
    Removed,
}
