//! Timers: retries, refetch intervals, data turning stale under an observer, and entries that have been without an
//! observer for long enough.

use std::time::Duration;

use crate::client::Cache;
use crate::entry::{Entry, Leg};
use crate::event::{Change, Effect};
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::observer::Observer;
use crate::options::Options;

impl Cache {
    /// When [`Event::Tick`](crate::Event::Tick) is wanted next, if at all.
    pub fn next_wake(&self) -> Option<Moment> {
        let of_entries = self.entries.values().filter_map(|entry| match &entry.flight {
            Some(flight) => match flight.leg {
                Leg::Waiting { until, .. } => Some(until),
                Leg::Running | Leg::Paused => None,
            },
            None if entry.observers.is_empty() => Some(entry.idle_since.plus(self.gc_time(entry))),
            None => None,
        });
        let of_observers = self.observers.values().flat_map(|observer| {
            let interval = self.interval_due(observer);
            [self.turns_stale(observer), interval]
        });
        of_entries
            .chain(of_observers.flatten())
            .chain(self.mutations.wake)
            .min()
            .filter(|moment| *moment < NEVER)
    }

    pub(crate) fn tick(&mut self) {
        let turned: Vec<QueryKey> = self
            .observers
            .values()
            .filter(|observer| self.turns_stale(observer).is_some_and(|moment| moment <= self.now))
            .map(|observer| observer.key.clone())
            .collect();
        self.touched.extend(turned);
        self.resume_due();
        self.refetch_due();
        self.collect();
    }

    /// Starts the time an unobserved entry has left, once its flight has landed.
    pub(crate) fn start_collection_clock(&mut self, key: &QueryKey) {
        let now = self.now;
        if let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.observers.is_empty()) {
            entry.idle_since = now;
        }
    }

    /// When an observer's query is to be fetched again because of its interval.
    pub(crate) fn interval_due(&self, observer: &Observer) -> Option<Moment> {
        let Options { refetch_interval: Some(interval), refetch_interval_in_background, .. } =
            &observer.options
        else {
            return None;
        };
        let entry = self.entries.get(&observer.key).filter(|entry| entry.flight.is_none())?;
        let held = entry.data.is_some() && self.mutations.holds(&observer.key);
        let goes_on = observer.is_active(entry) && !held && (self.visible || *refetch_interval_in_background);
        // An interval of nothing would be a loop of requests.
        let goes_on = goes_on && !interval.is_zero();
        let since = entry.settled_at.max(entry.updated_at).filter(|_| goes_on)?;
        Some(since.plus(*interval))
    }

    /// When the data an observer was last shown as fresh turns stale.
    fn turns_stale(&self, observer: &Observer) -> Option<Moment> {
        if observer.seen.as_ref().is_some_and(|seen| seen.stale) {
            return None;
        }
        Some(self.entries.get(&observer.key)?.updated_at?.plus(observer.options.stale_time))
    }

    fn collect(&mut self) {
        let is_dead = |entry: &Entry| {
            let due = entry.idle_since.plus(self.gc_time(entry));
            entry.observers.is_empty() && entry.flight.is_none() && due <= self.now && due < NEVER
        };
        let dead = self.entries.iter().filter(|(_, entry)| is_dead(entry)).map(|(key, _)| key.clone());
        for key in dead.collect::<Vec<_>>() {
            self.entries.remove(&key);
            self.tell(&key, || Change::Removed);
            self.effects.push(Effect::Forget { key });
        }
    }

    fn gc_time(&self, entry: &Entry) -> Duration {
        entry.gc_time.unwrap_or(self.defaults.gc_time)
    }
}

/// The moment of a `Duration::MAX`, which never comes.
const NEVER: Moment = Moment::from_millis(u64::MAX);
