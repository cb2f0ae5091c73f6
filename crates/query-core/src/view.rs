//! A query as it is seen from outside.

use crate::kind::TypeConflict;
use crate::moment::Moment;
use crate::value::Value;

/// The purpose of a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchKind {
    /// The data of the key; for a paged query every page it has.
    Refresh,
    /// One more page, after the ones a paged query has.
    More,
    /// One more page, before them.
    Earlier,
}

/// The state of a query's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Neither data nor an error yet.
    Pending,
    /// The last fetch brought data.
    Success,
    /// The last fetch failed for good; there may be older data.
    Error,
}

/// The state of a query's fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchStatus {
    /// Nothing.
    Idle,
    /// An attempt is in the air.
    Fetching,
    /// An attempt failed and the next one waits for its time.
    Waiting,
    /// The next attempt waits for the network.
    Paused,
}

/// A query as one observer sees it.
#[derive(Clone, Debug)]
pub struct View {
    /// The state of the data.
    pub status: Status,
    /// The state of the fetch.
    pub fetch: FetchStatus,
    /// Whether the next attempt waits because the server asked for it.
    pub held_off: bool,
    /// Which kind of fetch, if any.
    pub kind: Option<FetchKind>,
    /// The data or its placeholder.
    pub data: Option<Value>,
    /// Whether `data` is a placeholder or belongs to the previous key.
    pub placeholder: bool,
    /// The error of the last fetch.
    pub error: Option<Value>,
    /// Failed attempts of the current or last fetch.
    pub failures: u32,
    /// Whether a new observer would fetch again.
    pub stale: bool,
    /// When the data was true.
    pub updated_at: Option<Moment>,
    /// Two types met under the key. Then the view shows nothing else.
    pub conflict: Option<TypeConflict>,
}

impl Default for View {
    /// The view of an unknown query.
    fn default() -> Self {
        Self {
            status: Status::Pending,
            fetch: FetchStatus::Idle,
            held_off: false,
            kind: None,
            data: None,
            placeholder: false,
            error: None,
            failures: 0,
            stale: true,
            updated_at: None,
            conflict: None,
        }
    }
}

impl View {
    /// Whether an observer that shows `self` need not render `other`. Data and errors count by reference, because the cache
    /// keeps the reference when the value is equal. The age does not count: a refetch that changed nothing is invisible.
    pub fn looks_like(&self, other: &Self) -> bool {
        self.status == other.status
            && self.fetch == other.fetch
            && self.held_off == other.held_off
            && self.kind == other.kind
            && self.placeholder == other.placeholder
            && self.failures == other.failures
            && self.stale == other.stale
            && self.conflict == other.conflict
            && same(self.data.as_ref(), other.data.as_ref())
            && same(self.error.as_ref(), other.error.as_ref())
    }
}

fn same(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.same(right),
        (None, None) => true,
        _ => false,
    }
}
