//! The view of an observer: the entry in the light of the observer's own options.

use crate::entry::{Entry, Leg};
use crate::event::FetchKind;
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::options::Options;
use crate::value::Value;

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
        }
    }
}

impl View {
    pub(crate) fn of(
        entry: Option<&Entry>,
        options: &Options,
        previous: Option<&Value>,
        now: Moment,
    ) -> Self {
        let own = entry.and_then(|entry| entry.data.clone());
        let placeholder = own.is_none();
        let stand_in =
            || previous.filter(|_| options.keep_previous_data).or(options.placeholder.as_ref()).cloned();
        let data = own.or_else(stand_in);
        let Some(entry) = entry else {
            return Self { placeholder: data.is_some(), data, ..Self::default() };
        };
        Self {
            status: match (&entry.error, &entry.data) {
                (Some(_), _) => Status::Error,
                (None, Some(_)) => Status::Success,
                (None, None) => Status::Pending,
            },
            fetch: match entry.flight.as_ref().map(|flight| flight.leg) {
                None => FetchStatus::Idle,
                Some(Leg::Running) => FetchStatus::Fetching,
                Some(Leg::Waiting { .. }) => FetchStatus::Waiting,
                Some(Leg::Paused) => FetchStatus::Paused,
            },
            held_off: matches!(
                entry.flight.as_ref().map(|flight| flight.leg),
                Some(Leg::Waiting { by_server: true, .. })
            ),
            kind: entry.flight.as_ref().map(|flight| flight.kind),
            placeholder: placeholder && data.is_some(),
            data,
            error: entry.error.clone(),
            failures: entry.failures,
            stale: entry.is_stale(options.stale_time, now),
            updated_at: entry.updated_at,
        }
    }

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

/// An observer of a query.
#[derive(Debug)]
pub(crate) struct Observer {
    pub(crate) key: QueryKey,
    pub(crate) options: Options,
    /// The data shown under the key before this one.
    pub(crate) previous: Option<Value>,
    /// The view at its last notification, or at its arrival.
    pub(crate) seen: Option<View>,
}
