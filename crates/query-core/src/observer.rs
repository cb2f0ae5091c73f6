//! The observers of queries: each sees its query in the light of its own options.

use crate::entry::{Entry, Leg};
use crate::key::QueryKey;
use crate::kind::TypeConflict;
use crate::moment::Moment;
use crate::options::Options;
use crate::value::Value;
use crate::view::{FetchStatus, Status, View};

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

impl Observer {
    /// The view of its query. One that expects another type than the query has sees that, and nothing else.
    pub(crate) fn view(&self, entry: Option<&Entry>, now: Moment) -> View {
        let Some(entry) = entry else {
            let data = self.stand_in();
            return View { placeholder: data.is_some(), data, ..View::default() };
        };
        if let Some(conflict) = self.conflict(entry) {
            return View { conflict: Some(conflict), status: Status::Error, ..View::default() };
        }
        let own = entry.data.clone();
        let placeholder = own.is_none();
        let data = own.or_else(|| self.stand_in());
        View { placeholder: placeholder && data.is_some(), data, ..entry_view(entry, &self.options, now) }
    }

    /// Whether it makes its query fetch.
    pub(crate) fn is_active(&self, entry: &Entry) -> bool {
        self.options.enabled && self.conflict(entry).is_none()
    }

    /// The data that it shows of its query, or of the one before.
    pub(crate) fn shown(&self, entry: &Entry) -> Option<Value> {
        let own = entry.data.as_ref().or(self.previous.as_ref());
        own.filter(|_| self.conflict(entry).is_none()).cloned()
    }

    fn conflict(&self, entry: &Entry) -> Option<TypeConflict> {
        let (held, wanted) = entry.kind.zip(self.options.kind)?;
        (held != wanted).then_some(TypeConflict { held, wanted })
    }

    fn stand_in(&self) -> Option<Value> {
        let previous = self.previous.as_ref().filter(|_| self.options.keep_previous_data);
        previous.or(self.options.placeholder.as_ref()).cloned()
    }
}

/// The view of a query without an observer of its own.
pub(crate) fn entry_view(entry: &Entry, options: &Options, now: Moment) -> View {
    let flight = entry.flight.as_ref();
    View {
        status: match (&entry.error, &entry.data) {
            (Some(_), _) => Status::Error,
            (None, Some(_)) => Status::Success,
            (None, None) => Status::Pending,
        },
        fetch: match flight.map(|flight| flight.leg) {
            None => FetchStatus::Idle,
            Some(Leg::Running) => FetchStatus::Fetching,
            Some(Leg::Waiting { .. }) => FetchStatus::Waiting,
            Some(Leg::Paused) => FetchStatus::Paused,
        },
        held_off: matches!(flight.map(|flight| flight.leg), Some(Leg::Waiting { by_server: true, .. })),
        kind: flight.map(|flight| flight.kind),
        placeholder: false,
        data: entry.data.clone(),
        error: entry.error.clone(),
        failures: entry.failures,
        stale: entry.is_stale(options.stale_time, now),
        updated_at: entry.updated_at,
        conflict: None,
    }
}
