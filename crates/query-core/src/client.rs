//! The cache: every query, observer and running mutation, and `step`, which tells them what has happened.
//!
//! What the world tells is here; what an application asks for is in `commands`, and flights, mutations and collection are in
//! files of their own.

use std::fmt;

use crate::entry::Entry;
use crate::event::{Change, Effect, Event, FlightId, ObserverId};
use crate::key::QueryKey;
use crate::kind::{Kind, TypeConflict};
use crate::moment::Moment;
use crate::mutation::running::Mutations;
use crate::observer::Observer;
use crate::options::{Options, QueryDefaults};
use crate::sorted_map::SortedMap;
use crate::value::Value;
use crate::view::{FetchKind, View};

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
    watched: bool,
    jitter: Box<dyn FnMut() -> f64>,
    last_id: u64,
    fetching: usize,
}

impl Cache {
    /// An empty cache that believes to be online and visible. `jitter` is asked for a number in `0.0..1.0` after
    /// each failure.
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
            watched: false,
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

    /// Whether there is a network, as far as the cache was told.
    pub fn is_online(&self) -> bool {
        self.online
    }

    /// Whether the page is in front, as far as the cache was told.
    pub fn is_visible(&self) -> bool {
        self.visible
    }

    /// From now on each change of a query is an effect, [`Effect::Changed`]; or no more.
    pub fn watch(&mut self, watch: bool) {
        self.watched = watch;
    }

    /// Handles one event and returns the effects to carry out.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn step(&mut self, now: Moment, event: Event) -> Vec<Effect> {
        self.now = now;
        match event {
            Event::Observe { observer, key, options } => self.observe(observer, key, options),
            Event::Leave { observer } => self.leave(observer),
            Event::Refetch { key, plan } => self.fetch_now(&key, plan),
            Event::FetchPage { key, kind, plan } => self.fetch_page(&key, kind, plan),
            Event::Fetched { key, flight, result } => self.fetched(&key, flight, result),
            Event::Unfetchable { key } => self.abort(&key),
            Event::Online(online) => self.set_online(online),
            Event::Visible(visible) => self.set_visible(visible),
            Event::Tick => self.tick(),
        }
        self.move_mutations_on();
        self.flush()
    }

    /// The view of an observer, or `None` if it does not observe anything.
    pub fn view(&self, observer: ObserverId, now: Moment) -> Option<View> {
        let observer = self.observers.get(&observer)?;
        Some(observer.view(self.entries.get(&observer.key), now))
    }

    /// The cached data of a key, fresh or not.
    pub fn data(&self, key: &QueryKey) -> Option<&Value> {
        self.entries.get(key)?.data.as_ref()
    }

    /// The error of a key's last fetch, if that failed for good.
    pub fn error(&self, key: &QueryKey) -> Option<&Value> {
        self.entries.get(key)?.error.as_ref()
    }

    /// Whether a key is not being fetched, nor is going to be by itself.
    pub fn is_settled(&self, key: &QueryKey) -> bool {
        self.entries.get(key).is_none_or(|entry| entry.flight.is_none())
            && self.mutations.read_of(key).is_none()
    }

    /// Whether there is such a query.
    pub fn knows(&self, key: &QueryKey) -> bool {
        self.entries.get(key).is_some()
    }

    /// Whether the answer to an attempt is still wanted.
    pub fn awaits(&self, key: &QueryKey, flight: FlightId) -> bool {
        let awaited = self.entries.get(key).and_then(|entry| entry.flight.as_ref());
        awaited.is_some_and(|awaited| awaited.id == flight)
    }

    /// What the observers of a key say of it.
    pub fn meta(&self, key: &QueryKey) -> Option<&Value> {
        self.entries.get(key)?.meta.as_ref()
    }

    /// The conflict that data of `wanted` under `key` would be.
    pub fn conflict(&self, key: &QueryKey, wanted: Kind) -> Option<TypeConflict> {
        let held = self.entries.get(key)?.kind?;
        (held != wanted).then_some(TypeConflict { held, wanted })
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

    /// Has the mutations, if there ever was one, act on what has happened.
    pub(crate) fn move_mutations_on(&mut self) {
        if let Some(advance) = self.advance_mutations {
            advance(self);
        }
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
        let (now, watched, effects) = (self.now, self.watched, &mut self.effects);
        self.entries.get_or_insert_with(key, || {
            if watched {
                effects.push(Effect::Changed { key: key.clone(), change: Change::Added });
            }
            Entry::new(now)
        })
    }

    /// Tells those who watch of a change.
    pub(crate) fn tell(&mut self, key: &QueryKey, change: impl FnOnce() -> Change) {
        if self.watched {
            self.effects.push(Effect::Changed { key: key.clone(), change: change() });
        }
    }

    fn observe(&mut self, id: ObserverId, key: QueryKey, options: Options) {
        let old = self.observers.get(&id);
        if old.is_some_and(|old| old.key == key && old.options == options) {
            return;
        }
        let same_key = old.is_some_and(|old| old.key == key);
        let previous = match old {
            Some(old) if same_key => old.previous.clone(),
            // Not its placeholder: that stood for nothing else.
            Some(old) => self.entries.get(&old.key).and_then(|entry| old.shown(entry)),
            None => None,
        };
        // Other options than those of freshness are no reason to fetch.
        let is_as_fresh = old.is_some_and(|old| {
            same_key && old.options.enabled == options.enabled && old.options.stale_time == options.stale_time
        });
        if !same_key {
            self.leave(id);
        }
        let now = self.now;
        let entry = self.entry(&key);
        entry.take_options(&options);
        if !same_key {
            entry.observers.push(id);
        }
        let observer = Observer { key: key.clone(), options, previous, seen: None };
        if !is_as_fresh && observer.is_active(entry) && entry.wants_fetch(&observer.options, now) {
            self.launch(&key, FetchKind::Refresh, observer.options.plan());
        }
        self.tell(&key, || Change::Updated);
        self.observers.insert(id, observer);
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
        let goes_on = entry.flight.as_ref().is_some_and(|flight| flight.detached);
        if entry.observers.is_empty() && !goes_on {
            entry.idle_since = self.now;
            self.abort(&observer.key);
        }
        self.tell(&observer.key, || Change::Updated);
    }

    pub(crate) fn flush(&mut self) -> Vec<Effect> {
        let touched = std::mem::take(&mut self.touched);
        for (place, key) in touched.iter().enumerate() {
            if touched[..place].contains(key) {
                continue;
            }
            if self.entries.get(key).is_some() {
                self.tell(key, || Change::Updated);
            }
            let Some(entry) = self.entries.get(key) else {
                continue;
            };
            for id in &entry.observers {
                let Some(observer) = self.observers.get_mut(id) else {
                    continue;
                };
                let view = observer.view(Some(entry), self.now);
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
