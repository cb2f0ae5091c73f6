//! A cache on a virtual clock, with a record of its effects.

use std::rc::Rc;
use std::time::Duration;

use query_core::{
    Cache, Effect, Event, Failure, FetchKind, Filter, FlightId, Moment, MutationId, ObserverId, Options,
    QueryDefaults, QueryKey, Retry, Targets, Value, View,
};

/// An error that says about retrying whatever the test wants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Broken(pub(crate) Retry);

pub(crate) struct Stage {
    pub(crate) cache: Cache,
    pub(crate) now: Moment,
    /// Every effect since the last [`Stage::take`].
    effects: Vec<Effect>,
    /// Attempts in the air, oldest first.
    air: Vec<(QueryKey, FlightId, FetchKind)>,
}

impl Stage {
    /// Jitter that leaves every wait at its nominal length.
    pub(crate) fn new() -> Self {
        Self {
            cache: Cache::new(QueryDefaults::default().verdict(|broken: &Broken| broken.0), || 1.0),
            now: Moment::from_millis(1_000_000),
            effects: Vec::new(),
            air: Vec::new(),
        }
    }

    pub(crate) fn step(&mut self, event: Event) {
        let effects = self.cache.step(self.now, event);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match &effect {
                Effect::Fetch { key, flight, kind } => self.air.push((key.clone(), *flight, *kind)),
                Effect::Abort { flight } => self.air.retain(|(_, other, _)| other != flight),
                _ => {}
            }
            self.effects.push(effect);
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Lets time pass, waking the cache whenever it wants to be.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now.plus(duration);
        while let Some(wake) = self.cache.next_wake().filter(|wake| *wake <= end) {
            self.now = self.now.max(wake);
            self.step(Event::Tick);
            assert_ne!(self.cache.next_wake(), Some(wake), "a tick leaves its own moment due");
        }
        self.now = end;
    }

    pub(crate) fn observe(&mut self, key: &QueryKey) -> ObserverId {
        self.observe_with(key, Options::default())
    }

    pub(crate) fn observe_with(&mut self, key: &QueryKey, options: Options) -> ObserverId {
        let observer = self.cache.new_observer();
        self.look(observer, key, options);
        observer
    }

    pub(crate) fn look(&mut self, observer: ObserverId, key: &QueryKey, options: Options) {
        self.step(Event::Observe { observer, key: key.clone(), options });
    }

    pub(crate) fn leave(&mut self, observer: ObserverId) {
        self.step(Event::Leave { observer });
    }

    /// An observer whose data has just arrived.
    pub(crate) fn observe_fetched(&mut self, key: &QueryKey, data: &str) -> ObserverId {
        let observer = self.observe(key);
        self.land(key, data);
        self.take();
        observer
    }

    /// Carries out what a command of the cache asks for.
    pub(crate) fn command(&mut self, command: impl FnOnce(&mut Cache, Moment) -> Vec<Effect>) {
        let effects = command(&mut self.cache, self.now);
        self.carry_out(effects);
    }

    pub(crate) fn invalidate(&mut self, filter: impl Into<Filter>) {
        let filter = filter.into();
        self.command(|cache, now| cache.invalidate(now, &filter, Targets::Active));
    }

    pub(crate) fn remove(&mut self, filter: impl Into<Filter>) {
        let filter = filter.into();
        self.command(|cache, now| cache.remove(now, &filter));
    }

    pub(crate) fn prefetch(&mut self, key: &QueryKey, options: &Options) {
        self.command(|cache, now| cache.prefetch(now, key, options));
    }

    pub(crate) fn write(&mut self, key: &QueryKey, data: &str) {
        self.write_as_of(key, data, None);
    }

    pub(crate) fn write_as_of(&mut self, key: &QueryKey, data: &str, as_of: Option<Moment>) {
        self.command(|cache, now| cache.write(now, key, text(data), as_of).expect("of the same type"));
    }

    /// How many attempts for a key are in the air.
    pub(crate) fn in_the_air(&self, key: &QueryKey) -> usize {
        self.air.iter().filter(|(other, ..)| other == key).count()
    }

    pub(crate) fn flight(&self, key: &QueryKey) -> (FlightId, FetchKind) {
        let found = self.air.iter().find(|(other, ..)| other == key);
        let (_, flight, kind) = found.unwrap_or_else(|| panic!("nothing in the air for {key:?}"));
        (*flight, *kind)
    }

    pub(crate) fn land(&mut self, key: &QueryKey, data: &str) {
        self.report(key, Ok(text(data)));
    }

    pub(crate) fn fail(&mut self, key: &QueryKey, retry: Retry) {
        self.report(key, Err(Failure::new(Broken(retry))));
    }

    fn report(&mut self, key: &QueryKey, result: Result<Value, Failure>) {
        let (flight, _) = self.flight(key);
        self.air.retain(|(_, other, _)| *other != flight);
        self.step(Event::Fetched { key: key.clone(), flight, result });
    }

    pub(crate) fn view(&self, observer: ObserverId) -> View {
        self.cache.view(observer, self.now).expect("the observer observes something")
    }

    pub(crate) fn shown(&self, observer: ObserverId) -> Option<Rc<String>> {
        self.view(observer).data.map(|value| value.get().expect("a string"))
    }

    pub(crate) fn shows(&self, observer: ObserverId, data: &str) -> bool {
        self.shown(observer).is_some_and(|shown| *shown == data)
    }

    /// Whether this observer was notified since the last `take`, which this is.
    pub(crate) fn was_notified(&mut self, observer: ObserverId) -> bool {
        self.take().contains(&Effect::Notify { observer })
    }

    pub(crate) fn expect(&mut self, mutation: MutationId, key: &QueryKey, data: &str) {
        self.step(Event::OptimisticWrite { mutation, key: key.clone(), value: Some(text(data)) });
    }

    pub(crate) fn succeed(&mut self, mutation: MutationId, invalidates: &[&QueryKey]) {
        self.step(Event::MutationSettled {
            mutation,
            invalidates: invalidates.iter().map(|key| (*key).clone()).collect(),
        });
    }

    pub(crate) fn fail_mutation(&mut self, mutation: MutationId, invalidates: &[&QueryKey]) {
        self.step(Event::MutationFailed { mutation });
        self.succeed(mutation, invalidates);
    }
}

pub(crate) fn text(data: &str) -> Value {
    Value::new(String::from(data))
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// An observer's options that differ from the default ones.
pub(crate) fn options(change: impl FnOnce(&mut Options)) -> Options {
    let mut options = Options::default();
    change(&mut options);
    options
}
