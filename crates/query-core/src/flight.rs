//! Flights: at most one fetch per key, owned by the cache and not by its first observer. They start, pause without a
//! network, wait between attempts, land, and are aborted when the last observer leaves.

use crate::client::Cache;
use crate::entry::{Entry, Flight, Leg};
use crate::event::{Change, Effect, FlightId};
use crate::filter::Targets;
use crate::key::QueryKey;
use crate::observer::Observer;
use crate::options::{NetworkMode, Options, Plan, Refetch};
use crate::retry::{Failure, Retry};
use crate::value::Value;
use crate::view::FetchKind;

impl Cache {
    /// Starts a flight for a key that has an entry, unless one is under way or a mutation holds the key.
    pub(crate) fn launch(&mut self, key: &QueryKey, kind: FetchKind, plan: Plan) {
        let Some(entry) = self.entries.get(key) else {
            return;
        };
        if entry.flight.is_some() {
            return;
        }
        let has_data = entry.data.is_some();
        // A read made while a mutation runs may bring the state from before it and undo the optimistic write on
        // screen. It is made when the mutation settles; where there is nothing to show, it is made twice.
        if self.mutations.holds(key) {
            self.mutations.hold_read(key, plan);
            if has_data {
                return self.entry(key).want_page(kind, plan);
            }
        }
        let id = FlightId(self.next_id());
        let (online, now) = (self.online, self.now);
        let entry = self.entry(key);
        let leg = match entry.held_off_until.take() {
            Some(until) if until > now => Leg::Waiting { until, by_server: true },
            _ if online || plan.network_mode != NetworkMode::Online => Leg::Running,
            _ => Leg::Paused,
        };
        entry.failures = 0;
        if entry.data.is_none() {
            entry.error = None;
        }
        entry.flight = Some(Flight { id, kind, leg, plan, detached: false });
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
        let may_go = online || flight.plan.network_mode == NetworkMode::Always;
        flight.leg = if may_go { Leg::Running } else { Leg::Paused };
        if may_go {
            self.effects.push(Effect::Fetch { key: key.clone(), flight: flight.id, kind: flight.kind });
        }
        self.touched.push(key.clone());
    }

    /// Ends the flight of a key without a result.
    pub(crate) fn abort(&mut self, key: &QueryKey) {
        let now = self.now;
        self.mutations.drop_read(key);
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        entry.pages_wanted.clear();
        let Some(flight) = entry.flight.take() else {
            return;
        };
        entry.failures = 0;
        entry.settled_at = Some(now);
        match flight.leg {
            Leg::Running => self.effects.push(Effect::Abort { flight: flight.id }),
            // The next observer, on another page maybe, has to wait as well.
            Leg::Waiting { until, by_server: true } => entry.held_off_until = Some(until),
            Leg::Waiting { .. } | Leg::Paused => {}
        }
        self.touched.push(key.clone());
    }

    pub(crate) fn fetch_now(&mut self, key: &QueryKey, plan: Plan) {
        match self.leg(key) {
            None => self.launch(key, FetchKind::Refresh, plan),
            // "Try again" was pressed: the backoff was only our own patience.
            Some(Leg::Waiting { by_server: false, .. }) => self.resume(key),
            Some(_) => {}
        }
    }

    pub(crate) fn fetch_page(&mut self, key: &QueryKey, kind: FetchKind, plan: Plan) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        match &entry.flight {
            None => self.launch(key, kind, plan),
            // The page beyond the ones there are is only known once these have landed.
            Some(flight) if flight.kind != kind => entry.want_page(kind, plan),
            // It was pressed again: the backoff was only our own patience.
            Some(Flight { leg: Leg::Waiting { by_server: false, .. }, .. }) => self.resume(key),
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
                let mut pages_wanted = std::mem::take(&mut entry.pages_wanted).into_iter();
                self.tell(key, || Change::Fetched);
                if let Some((kind, plan)) = pages_wanted.next() {
                    self.launch(key, kind, plan);
                }
                for (kind, plan) in pages_wanted {
                    self.fetch_page(key, kind, plan);
                }
            }
            Err((error, retry)) => match flight.plan.wait(retry, entry.failures, jitter) {
                Some(wait) => {
                    let by_server = matches!(retry, Retry::After(_));
                    flight.leg = Leg::Waiting { until: now.plus(wait), by_server };
                    entry.failures += 1;
                }
                None => {
                    entry.flight = None;
                    entry.pages_wanted.clear();
                    entry.settled_at = Some(now);
                    entry.failures += 1;
                    entry.error = Some(error.clone());
                    self.tell(key, || Change::Failed(error));
                }
            },
        }
        self.start_collection_clock(key);
    }

    /// Makes queries stale, and fetches those of `targets` again.
    pub(crate) fn outdate(&mut self, keys: Vec<QueryKey>, targets: Targets) {
        let default_plan = Options::new(&self.defaults).plan();
        for key in keys {
            let active = self.plan(&key);
            let is_idle =
                active.is_none() && self.entries.get(&key).is_some_and(|entry| entry.observers.is_empty());
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            entry.invalidated = true;
            let own_plan = entry.plan.unwrap_or(default_plan);
            self.touched.push(key.clone());
            let own = entry.flight.as_mut().map(|flight| {
                let kind = std::mem::replace(&mut flight.kind, FetchKind::Refresh);
                (flight.leg, flight.plan, kind)
            });
            if let Some((_, plan, kind)) = own {
                entry.want_page(kind, plan);
            }
            let wanted = match targets {
                Targets::Active => active,
                Targets::Inactive => is_idle.then_some(own_plan),
                Targets::All => active.or(is_idle.then_some(own_plan)),
                Targets::None => None,
            };
            match own {
                Some((Leg::Running, flown, _)) => self.start_over(&key, active.unwrap_or(flown)),
                // The next attempt is yet to be made and will see the change.
                Some(_) => {}
                None => {
                    if let Some(plan) = wanted {
                        self.launch(&key, FetchKind::Refresh, plan);
                    }
                }
            }
        }
    }

    /// Makes a read that a mutation has held up.
    pub(crate) fn read_again(&mut self, key: &QueryKey, plan: Plan) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        entry.invalidated = true;
        // Otherwise the next attempt is yet to be made and will see the change.
        if entry.flight.as_ref().is_none_or(|flight| flight.leg == Leg::Running) {
            self.start_over(key, plan);
        }
    }

    /// Reads anew: what is in the air may have been answered before the change that is being announced.
    fn start_over(&mut self, key: &QueryKey, plan: Plan) {
        let entry = self.entry(key);
        let pages_wanted = std::mem::take(&mut entry.pages_wanted);
        let detached = entry.flight.as_ref().is_some_and(|flight| flight.detached);
        self.abort(key);
        self.touched.push(key.clone());
        self.launch(key, FetchKind::Refresh, plan);
        let entry = self.entry(key);
        entry.pages_wanted = pages_wanted;
        if let Some(flight) = entry.flight.as_mut() {
            flight.detached = detached;
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
        self.refetch_on(|options| options.refetch_on_reconnect);
    }

    pub(crate) fn set_visible(&mut self, visible: bool) {
        let came_back = visible && !self.visible;
        self.visible = visible;
        if came_back {
            self.refetch_on(|options| options.refetch_on_window_focus);
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

    /// Starts the fetches that observers want at an interval.
    pub(crate) fn refetch_due(&mut self) {
        let now = self.now;
        self.launch_for(|cache, observer, _| cache.interval_due(observer).is_some_and(|due| due <= now));
    }

    fn refetch_on(&mut self, occasion: impl Fn(&Options) -> Refetch) {
        let now = self.now;
        self.launch_for(|_, Observer { options, .. }, entry| {
            options.enabled && entry.is_wanted(occasion(options), options, now)
        });
    }

    /// Starts the fetches of those observers that want one now.
    fn launch_for(&mut self, wants: impl Fn(&Self, &Observer, &Entry) -> bool) {
        let wanted = |observer: &Observer| {
            let entry = self.entries.get(&observer.key)?;
            (observer.is_active(entry) && wants(self, observer, entry))
                .then(|| (observer.key.clone(), observer.options.plan()))
        };
        let wanted: Vec<(QueryKey, Plan)> = self.observers.values().filter_map(wanted).collect();
        for (key, plan) in wanted {
            self.launch(&key, FetchKind::Refresh, plan);
        }
    }

    /// How a fetch of a key is made that some observer wants; `None` where no enabled one is there. The most retries count.
    pub(crate) fn plan(&self, key: &QueryKey) -> Option<Plan> {
        let entry = self.entries.get(key)?;
        let observers = entry.observers.iter().filter_map(|id| self.observers.get(id));
        let plans =
            observers.filter(|observer| observer.is_active(entry)).map(|observer| observer.options.plan());
        plans.max_by_key(|plan| plan.retries)
    }

    fn leg(&self, key: &QueryKey) -> Option<Leg> {
        Some(self.entries.get(key)?.flight.as_ref()?.leg)
    }
}
