//! One cached query: its data, its last error, and the flight that is to bring the next.

use std::time::Duration;

use crate::event::{FlightId, ObserverId};
use crate::kind::Kind;
use crate::moment::Moment;
use crate::options::{Options, Plan, Refetch};
use crate::value::Value;
use crate::view::FetchKind;

/// The stage of a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leg {
    /// An attempt is in the air.
    Running,
    /// The last attempt failed; the next is due then. A wait that the server asked for is not cut short.
    Waiting { until: Moment, by_server: bool },
    /// There is no network; the next attempt starts when it comes back.
    Paused,
}

/// A fetch from its first attempt to its last.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) id: FlightId,
    pub(crate) kind: FetchKind,
    pub(crate) leg: Leg,
    pub(crate) plan: Plan,
    /// Whether it goes on when nobody observes the query any more.
    pub(crate) detached: bool,
}

/// A query of the cache.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The type of its data, as the first to name one said. It stays until the entry goes.
    pub(crate) kind: Option<Kind>,
    pub(crate) data: Option<Value>,
    /// When the data was true. Set exactly when there is data.
    pub(crate) updated_at: Option<Moment>,
    /// Of the last fetch, if it failed for good.
    pub(crate) error: Option<Value>,
    /// Failed attempts of the current or last flight.
    pub(crate) failures: u32,
    /// Stale whatever its age.
    pub(crate) invalidated: bool,
    /// Changes with every write; unique over the life of the cache. Tells a rollback whether it comes too late.
    pub(crate) version: u64,
    pub(crate) flight: Option<Flight>,
    /// The end of a wait that the server asked for, where the flight that got it has been aborted since.
    pub(crate) held_off_until: Option<Moment>,
    /// Further pages that were asked for while something else was in the air; at most one at each end.
    pub(crate) pages_wanted: Vec<(FetchKind, Plan)>,
    pub(crate) observers: Vec<ObserverId>,
    /// The longest that an observer or a prefetch asked for; `None` where nobody did.
    pub(crate) gc_time: Option<Duration>,
    /// How it was to be fetched last.
    pub(crate) plan: Option<Plan>,
    pub(crate) meta: Option<Value>,
    /// When the last observer left, or the entry was made without one.
    pub(crate) idle_since: Moment,
    /// When the last flight ended.
    pub(crate) settled_at: Option<Moment>,
}

impl Entry {
    pub(crate) fn new(now: Moment) -> Self {
        Self {
            kind: None,
            data: None,
            updated_at: None,
            error: None,
            failures: 0,
            invalidated: false,
            version: 0,
            flight: None,
            held_off_until: None,
            pages_wanted: Vec::new(),
            observers: Vec::new(),
            gc_time: None,
            plan: None,
            meta: None,
            idle_since: now,
            settled_at: None,
        }
    }

    /// Takes what an observer or a prefetch says of the query itself, unless it means data of another type.
    pub(crate) fn take_options(&mut self, options: &Options) {
        if self.kind.zip(options.kind).is_some_and(|(held, wanted)| held != wanted) {
            return;
        }
        self.plan = Some(options.plan());
        self.gc_time = self.gc_time.max(Some(options.gc_time));
        self.kind = self.kind.or(options.kind);
        if options.meta.is_some() {
            self.meta.clone_from(&options.meta);
        }
    }

    /// Takes `value` as the data as of `moment`. An equal value leaves the old allocation in place, so that comparing by
    /// reference finds no change.
    pub(crate) fn write(&mut self, value: Value, moment: Moment, version: u64) {
        self.kind = self.kind.or(Some(value.kind()));
        if self.data.as_ref() != Some(&value) {
            self.data = Some(value);
        }
        self.version = version;
        self.updated_at = Some(moment);
        self.error = None;
        self.failures = 0;
        self.invalidated = false;
    }

    /// Back to a query that was never fetched; who observes it stays.
    pub(crate) fn reset(&mut self, now: Moment, version: u64) {
        let observers = std::mem::take(&mut self.observers);
        let Self { kind, gc_time, plan, ref meta, .. } = *self;
        *self = Self { kind, gc_time, plan, meta: meta.clone(), observers, version, ..Self::new(now) };
    }

    /// Keeps the wish for a further page until what is in the air has landed. A refresh is no such wish.
    pub(crate) fn want_page(&mut self, kind: FetchKind, plan: Plan) {
        if kind != FetchKind::Refresh {
            self.pages_wanted.retain(|(other, _)| *other != kind);
            self.pages_wanted.push((kind, plan));
        }
    }

    pub(crate) fn is_stale(&self, stale_time: Duration, now: Moment) -> bool {
        match self.updated_at {
            Some(updated) => self.invalidated || now >= updated.plus(stale_time),
            None => true,
        }
    }

    /// Whether an observer with these options that appears now would start a fetch.
    pub(crate) fn wants_fetch(&self, options: &Options, now: Moment) -> bool {
        options.enabled
            && match (&self.data, &self.error) {
                (None, Some(_)) => options.retry_on_mount,
                (None, None) => true,
                (Some(_), _) => self.is_wanted(options.refetch_on_mount, options, now),
            }
    }

    /// Whether this occasion fetches the query again.
    pub(crate) fn is_wanted(&self, refetch: Refetch, options: &Options, now: Moment) -> bool {
        match refetch {
            Refetch::Never => false,
            Refetch::Stale => self.is_stale(options.stale_time, now),
            Refetch::Always => true,
        }
    }

    /// Whether the flight, if any, counts as activity: a paused one does nothing.
    pub(crate) fn is_fetching(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.leg != Leg::Paused)
    }
}
