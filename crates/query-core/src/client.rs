//! The cache: every query, every observer, every running mutation, and the one `step` that moves them.
//!
//! Its public methods are here; flights, mutations and collection are in the sibling files.

use std::fmt;

use crate::entry::Entry;
use crate::event::{Effect, Event, FetchKind, ObserverId};
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::observer::{Observer, View};
use crate::options::{Options, QueryDefaults};
use crate::running_mutations::Mutations;
use crate::sorted_map::SortedMap;
use crate::value::Value;

/// A cache of queries as a synchronous state machine: events and the time go in, effects come out.
///
/// It spawns nothing, waits for nothing and asks no clock. Its driver carries out the [`Effect`]s and comes back with
/// [`Event::Tick`] at [`Cache::next_wake`].
pub struct Cache {
    pub(crate) defaults: QueryDefaults,
    pub(crate) entries: SortedMap<QueryKey, Entry>,
    pub(crate) observers: SortedMap<ObserverId, Observer>,
    pub(crate) mutations: Mutations,
    /// Set by the first mutation, so that an application without any has no code for them.
    pub(crate) advance_mutations: Option<fn(&mut Self)>,
    pub(crate) online: bool,
    pub(crate) visible: bool,
    /// The time of the event being handled.
    pub(crate) now: Moment,
    pub(crate) effects: Vec<Effect>,
    /// Keys whose observers may have something new to see.
    pub(crate) touched: Vec<QueryKey>,
    jitter: Box<dyn FnMut() -> f64>,
    last_id: u64,
    fetching: usize,
}

impl Cache {
    /// An empty cache that believes to be online and visible. `jitter` is asked for a number in `0.0..1.0` before
    /// each retry.
    pub fn new(defaults: QueryDefaults, jitter: impl FnMut() -> f64 + 'static) -> Self {
        Self {
            defaults,
            entries: SortedMap::default(),
            observers: SortedMap::default(),
            mutations: Mutations::default(),
            advance_mutations: None,
            online: true,
            visible: true,
            now: Moment::default(),
            effects: Vec::new(),
            touched: Vec::new(),
            jitter: Box::new(jitter),
            last_id: 0,
            fetching: 0,
        }
    }

    /// The choices this cache was made with.
    pub fn defaults(&self) -> &QueryDefaults {
        &self.defaults
    }

    /// A name for an observer to come.
    pub fn new_observer(&mut self) -> ObserverId {
        ObserverId(self.next_id())
    }

    /// Handles one event and returns the effects to carry out.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn step(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        self.now = now;
        match event {
            Event::Observe { observer, key, options } => self.observe(observer, key, options),
            Event::Leave { observer } => self.leave(observer),
            Event::Prefetch { key, options } => self.prefetch(key, &options),
            Event::Refetch { key, retries } => self.refetch(&key, retries),
            Event::FetchMore { key, retries } => self.fetch_more(&key, retries),
            Event::Fetched { key, flight, result } => self.fetched(&key, flight, result),
            Event::Invalidate { prefix } => self.invalidate(&prefix),
            Event::Remove { prefix } => self.remove(&prefix),
            Event::Clear => self.clear(),
            Event::Write { key, value, as_of } => self.write(key, value, as_of),
            Event::Online(online) => self.set_online(online),
            Event::Visible(visible) => self.set_visible(visible),
            Event::Tick => self.tick(),
        }
        if let Some(advance) = self.advance_mutations {
            advance(self);
        }
        self.flush()
    }

    /// The view of an observer, or `None` if it does not observe anything.
    pub fn view(&self, observer: ObserverId, now: Moment) -> Option<View> {
        let observer = self.observers.get(&observer)?;
        Some(View::of(self.entries.get(&observer.key), &observer.options, observer.previous.as_ref(), now))
    }

    /// The cached data of a key, fresh or not.
    pub fn data(&self, key: &QueryKey) -> Option<&Value> {
        self.entries.get(key)?.data.as_ref()
    }

    /// The keys at and below a prefix that have an entry, in order.
    pub fn keys(&self, prefix: &QueryKey) -> Vec<QueryKey> {
        let known = self.entries.iter().map(|(key, _)| key);
        known.filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// How many queries are being fetched, or wait to be tried again.
    pub fn fetching(&self) -> usize {
        self.fetching
    }

    pub(crate) fn jitter(&mut self) -> f64 {
        (self.jitter)()
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The entry of a key, made if there is none.
    pub(crate) fn entry(&mut self, key: &QueryKey) -> &mut Entry {
        let (now, gc_time) = (self.now, self.defaults.gc_time);
        self.entries.get_or_insert_with(key, || Entry::new(now, gc_time))
    }

    fn observe(&mut self, id: ObserverId, key: QueryKey, options: Options) {
        let old = self.observers.get(&id);
        if old.is_some_and(|old| old.key == key && old.options == options) {
            return;
        }
        let same_key = old.is_some_and(|old| old.key == key);
        let previous = match old {
            Some(old) if same_key => old.previous.clone(),
            Some(_) => self.view(id, self.now).and_then(|view| view.data),
            None => None,
        };
        if !same_key {
            self.leave(id);
        }
        let (now, gc_time) = (self.now, options.gc_time);
        let entry = self.entry(&key);
        entry.gc_time = gc_time;
        if !same_key {
            entry.observers.push(id);
        }
        if entry.wants_fetch(&options, now) {
            self.launch(&key, FetchKind::Refresh, options.retries);
        }
        self.observers.insert(id, Observer { key, options, previous, seen: None });
        // A new observer looks right away; it is notified of later changes only.
        let seen = self.view(id, self.now);
        if let Some(observer) = self.observers.get_mut(&id) {
            observer.seen = seen;
        }
    }

    fn leave(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.remove(&id) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&observer.key) else {
            return;
        };
        entry.observers.retain(|other| *other != id);
        if entry.observers.is_empty() {
            entry.idle_since = self.now;
            self.abort(&observer.key);
        }
    }

    fn prefetch(&mut self, key: QueryKey, options: &Options) {
        let (now, gc_time) = (self.now, options.gc_time);
        let entry = self.entry(&key);
        if entry.observers.is_empty() {
            entry.gc_time = gc_time;
        }
        if entry.wants_fetch(options, now) {
            self.launch(&key, FetchKind::Refresh, options.retries);
        }
    }

    fn write(&mut self, key: QueryKey, value: Value, as_of: Option<Moment>) {
        // Nothing is known to be true in the future, whatever the clock of the writer said.
        let moment = as_of.unwrap_or(self.now).min(self.now);
        let version = self.next_id();
        let entry = self.entry(&key);
        if as_of.is_some() && entry.updated_at.is_some_and(|updated| updated >= moment) {
            return;
        }
        entry.write(value, moment, version);
        self.touched.push(key);
    }

    fn remove(&mut self, prefix: &QueryKey) {
        for key in self.keys(prefix) {
            self.abort(&key);
            let version = self.next_id();
            match self.entries.get_mut(&key) {
                Some(entry) if !entry.observers.is_empty() => {
                    entry.reset(self.now, version);
                    self.touched.push(key);
                }
                _ => {
                    self.entries.remove(&key);
                    self.effects.push(Effect::Forget { key });
                }
            }
        }
    }

    fn clear(&mut self) {
        self.remove(&QueryKey::new([]));
        self.mutations.forget_all();
        for observer in self.observers.values_mut() {
            // Data that the last user saw under another key is no placeholder for the next one.
            observer.previous = None;
        }
    }

    pub(crate) fn flush(&mut self) -> Vec<Effect> {
        let touched = std::mem::take(&mut self.touched);
        for (place, key) in touched.iter().enumerate() {
            if touched[..place].contains(key) {
                continue;
            }
            let Some(entry) = self.entries.get(key) else {
                continue;
            };
            for id in &entry.observers {
                let Some(observer) = self.observers.get_mut(id) else {
                    continue;
                };
                let view = View::of(Some(entry), &observer.options, observer.previous.as_ref(), self.now);
                if !observer.seen.as_ref().is_some_and(|seen| seen.looks_like(&view)) {
                    self.effects.push(Effect::Notify { observer: *id });
                }
                observer.seen = Some(view);
            }
        }
        let fetching = self.entries.values().filter(|entry| entry.is_fetching()).count();
        if fetching != self.fetching {
            self.fetching = fetching;
            self.effects.push(Effect::FetchingCount(fetching));
        }
        self.effects.append(&mut self.mutations.effects);
        std::mem::take(&mut self.effects)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("entries", &self.entries).finish_non_exhaustive()
    }
}
