//! One cached query: its data, its last error, and the flight that is to bring the next.

use std::time::Duration;

use crate::event::{FetchKind, FlightId, ObserverId};
use crate::moment::Moment;
use crate::options::Options;
use crate::value::Value;

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
    pub(crate) retries: u32,
}

/// A query of the cache.
#[derive(Debug)]
pub(crate) struct Entry {
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
    /// A next page was asked for while a refresh was in the air: how many retries it may use.
    pub(crate) more_wanted: Option<u32>,
    pub(crate) observers: Vec<ObserverId>,
    pub(crate) gc_time: Duration,
    /// When the last observer left, or the entry was made without one.
    pub(crate) idle_since: Moment,
    /// When the last flight ended.
    pub(crate) settled_at: Option<Moment>,
}

impl Entry {
    pub(crate) fn new(now: Moment, gc_time: Duration) -> Self {
        Self {
            data: None,
            updated_at: None,
            error: None,
            failures: 0,
            invalidated: false,
            version: 0,
            flight: None,
            held_off_until: None,
            more_wanted: None,
            observers: Vec::new(),
            gc_time,
            idle_since: now,
            settled_at: None,
        }
    }

    /// Takes `value` as the data as of `moment`. An equal value leaves the old allocation in place, so that comparing by
    /// reference finds no change.
    pub(crate) fn write(&mut self, value: Value, moment: Moment, version: u64) {
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
        *self = Self { observers, version, ..Self::new(now, self.gc_time) };
    }

    pub(crate) fn is_stale(&self, stale_time: Duration, now: Moment) -> bool {
        match self.updated_at {
            Some(updated) => self.invalidated || now >= updated.plus(stale_time),
            None => true,
        }
    }

    /// Whether a new observer with these options would start a fetch.
    pub(crate) fn wants_fetch(&self, options: &Options, now: Moment) -> bool {
        options.enabled && self.is_stale(options.stale_time, now)
    }

    /// Whether the flight, if any, counts as activity: a paused one does nothing.
    pub(crate) fn is_fetching(&self) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.leg != Leg::Paused)
    }
}
