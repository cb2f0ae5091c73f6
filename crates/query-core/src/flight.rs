//! Flights: at most one fetch per key, owned by the cache and not by its first observer. They start, pause without a
//! network, wait between attempts, land, and are aborted when the last observer leaves.

use crate::client::Cache;
use crate::entry::{Flight, Leg};
use crate::event::{Effect, FetchKind, FlightId};
use crate::key::QueryKey;
use crate::observer::Observer;
use crate::retry::{Failure, Retry, wait_before_retry};
use crate::value::Value;

impl Cache {
    /// Starts a flight for a key that has an entry, unless one is under way or a mutation holds the key.
    pub(crate) fn launch(&mut self, key: &QueryKey, kind: FetchKind, retries: u32) {
        let Some(entry) = self.entries.get(key) else {
            return;
        };
        if entry.flight.is_some() {
            return;
        }
        // A read made while a mutation runs may bring the state from before it and undo the optimistic write on
        // screen. It is made when the mutation settles.
        if entry.data.is_some() && self.mutations.hold(key) {
            return;
        }
        let id = FlightId(self.next_id());
        let (online, now) = (self.online, self.now);
        let entry = self.entry(key);
        let leg = match entry.held_off_until.take() {
            Some(until) if until > now => Leg::Waiting { until, by_server: true },
            _ if online => Leg::Running,
            _ => Leg::Paused,
        };
        entry.failures = 0;
        entry.more_wanted = None;
        if entry.data.is_none() {
            entry.error = None;
        }
        entry.flight = Some(Flight { id, kind, leg, retries });
        self.touched.push(key.clone());
        if leg == Leg::Running {
            self.effects.push(Effect::Fetch { key: key.clone(), flight: id, kind });
        }
    }

    /// Makes the next attempt of a flight that waits or is paused.
    fn resume(&mut self, key: &QueryKey) {
        let online = self.online;
        let Some(flight) = self.entries.get_mut(key).and_then(|entry| entry.flight.as_mut()) else {
            return;
        };
        flight.leg = if online { Leg::Running } else { Leg::Paused };
        if online {
            self.effects.push(Effect::Fetch { key: key.clone(), flight: flight.id, kind: flight.kind });
        }
        self.touched.push(key.clone());
    }

    /// Ends the flight of a key without a result. Says whether there was one.
    pub(crate) fn abort(&mut self, key: &QueryKey) -> bool {
        let Some(entry) = self.entries.get_mut(key) else {
            return false;
        };
        let Some(flight) = entry.flight.take() else {
            return false;
        };
        entry.failures = 0;
        match flight.leg {
            Leg::Running => self.effects.push(Effect::Abort { flight: flight.id }),
            // The next observer, on another page maybe, has to wait as well.
            Leg::Waiting { until, by_server: true } => entry.held_off_until = Some(until),
            Leg::Waiting { .. } | Leg::Paused => {}
        }
        self.touched.push(key.clone());
        true
    }

    pub(crate) fn refetch(&mut self, key: &QueryKey, retries: u32) {
        match self.leg(key) {
            None => self.launch(key, FetchKind::Refresh, retries),
            // "Try again" was pressed: the backoff was only our own patience.
            Some(Leg::Waiting { by_server: false, .. }) => self.resume(key),
            Some(_) => {}
        }
    }

    pub(crate) fn fetch_more(&mut self, key: &QueryKey, retries: u32) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        match &entry.flight {
            None => self.launch(key, FetchKind::More, retries),
            // The page after the last one is only known once the refresh has landed.
            Some(flight) if flight.kind == FetchKind::Refresh => entry.more_wanted = Some(retries),
            Some(_) => {}
        }
    }

    pub(crate) fn fetched(&mut self, key: &QueryKey, id: FlightId, result: Result<Value, Failure>) {
        let (version, now) = (self.next_id(), self.now);
        let jitter = if result.is_err() { self.jitter() } else { 0.0 };
        let result = result.map_err(|failure| {
            let retry = failure.retry.unwrap_or_else(|| self.defaults.verdicts.on(&failure.error));
            (failure.error, retry)
        });
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        let Some(flight) =
            entry.flight.as_mut().filter(|flight| flight.id == id && flight.leg == Leg::Running)
        else {
            return;
        };
        self.touched.push(key.clone());
        match result {
            Ok(value) => {
                entry.flight = None;
                entry.settled_at = Some(now);
                entry.write(value, now, version);
                if let Some(retries) = entry.more_wanted.take() {
                    self.launch(key, FetchKind::More, retries);
                }
            }
            Err((error, retry)) => match wait_before_retry(retry, entry.failures, flight.retries, jitter) {
                Some(wait) => {
                    let by_server = matches!(retry, Retry::After(_));
                    flight.leg = Leg::Waiting { until: now.plus(wait), by_server };
                    entry.failures += 1;
                }
                None => {
                    entry.flight = None;
                    entry.settled_at = Some(now);
                    entry.failures += 1;
                    entry.error = Some(error);
                }
            },
        }
        self.start_collection_clock(key);
    }

    pub(crate) fn invalidate(&mut self, prefix: &QueryKey) {
        for key in self.keys(prefix) {
            let retries = self.enabled_observers(&key).map(|observer| observer.options.retries).max();
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            entry.invalidated = true;
            self.touched.push(key.clone());
            let own = entry.flight.as_mut().map(|flight| {
                flight.kind = FetchKind::Refresh;
                (flight.leg, flight.retries)
            });
            match own {
                // The read in the air may have been answered before the change that is being announced.
                Some((Leg::Running, flown)) => {
                    self.abort(&key);
                    self.launch(&key, FetchKind::Refresh, retries.unwrap_or(flown));
                }
                // The next attempt is yet to be made and will see the change.
                Some(_) => {}
                None => {
                    if let Some(retries) = retries {
                        self.launch(&key, FetchKind::Refresh, retries);
                    }
                }
            }
        }
    }

    pub(crate) fn set_online(&mut self, online: bool) {
        let came_back = online && !self.online;
        self.online = online;
        if !came_back {
            return;
        }
        for key in self.keys(&QueryKey::new([])) {
            if self.leg(&key) == Some(Leg::Paused) {
                self.resume(&key);
            }
        }
        self.refetch_stale(|observer| observer.options.refetch_on_reconnect);
    }

    pub(crate) fn set_visible(&mut self, visible: bool) {
        let came_back = visible && !self.visible;
        self.visible = visible;
        if came_back {
            self.refetch_stale(|observer| observer.options.refetch_on_window_focus);
            self.refetch_due();
        }
    }

    /// Makes the attempts whose wait is over.
    pub(crate) fn resume_due(&mut self) {
        for key in self.keys(&QueryKey::new([])) {
            if matches!(self.leg(&key), Some(Leg::Waiting { until, .. }) if until <= self.now) {
                self.resume(&key);
            }
        }
    }

    /// Starts the fetches that observers want at an interval, while the page is visible.
    pub(crate) fn refetch_due(&mut self) {
        if !self.visible {
            return;
        }
        let now = self.now;
        let due =
            |cache: &Self, observer: &Observer| cache.interval_due(observer).is_some_and(|due| due <= now);
        let wanted: Vec<(QueryKey, u32)> = self
            .observers
            .values()
            .filter(|observer| due(self, observer))
            .map(|observer| (observer.key.clone(), observer.options.retries))
            .collect();
        for (key, retries) in wanted {
            self.launch(&key, FetchKind::Refresh, retries);
        }
    }

    fn refetch_stale(&mut self, wanted_by: impl Fn(&Observer) -> bool) {
        let stale = |observer: &&Observer| {
            let entry = self.entries.get(&observer.key);
            wanted_by(observer) && entry.is_some_and(|entry| entry.wants_fetch(&observer.options, self.now))
        };
        let wanted: Vec<(QueryKey, u32)> = self
            .observers
            .values()
            .filter(stale)
            .map(|observer| (observer.key.clone(), observer.options.retries))
            .collect();
        for (key, retries) in wanted {
            self.launch(&key, FetchKind::Refresh, retries);
        }
    }

    fn enabled_observers(&self, key: &QueryKey) -> impl Iterator<Item = &Observer> {
        let ids = self.entries.get(key).map(|entry| entry.observers.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| self.observers.get(id)).filter(|observer| observer.options.enabled)
    }

    fn leg(&self, key: &QueryKey) -> Option<Leg> {
        Some(self.entries.get(key)?.flight.as_ref()?.leg)
    }
}
