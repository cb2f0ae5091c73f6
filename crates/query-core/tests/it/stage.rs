//! A cache on a virtual clock, with a record of its effects.

use std::rc::Rc;
use std::time::Duration;

use query_core::{
    Cache, Effect, Event, Failure, FetchKind, Filter, FlightId, Moment, MutationEffect, MutationEnd,
    MutationId, MutationOptions, NewMutation, ObserverId, Options, QueryDefaults, QueryKey, Retry, Targets,
    Value, View,
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
    /// Mutations that the server has been asked for and has not answered, in the order of the requests.
    sent: Vec<(MutationId, u32)>,
    /// Mutations that have ended, in that order.
    ended: Vec<(MutationId, MutationEnd)>,
}

impl Stage {
    /// Jitter that leaves every wait at its nominal length.
    pub(crate) fn new() -> Self {
        Self {
            cache: Cache::new(QueryDefaults::default().verdict(|broken: &Broken| broken.0), || 1.0),
            now: Moment::from_millis(1_000_000),
            effects: Vec::new(),
            air: Vec::new(),
            sent: Vec::new(),
            ended: Vec::new(),
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
                Effect::Mutation(effect) => self.carry_out_of_mutation(*effect),
                _ => {}
            }
            self.effects.push(effect);
        }
    }

    fn carry_out_of_mutation(&mut self, effect: MutationEffect) {
        match effect {
            MutationEffect::Attempt { mutation, attempt } => self.sent.push((mutation, attempt)),
            MutationEffect::Abort { mutation } => self.sent.retain(|(other, _)| *other != mutation),
            MutationEffect::End { mutation, end } => self.ended.push((mutation, end)),
            MutationEffect::Changed { .. } => {}
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

    /// The reads in the air, oldest first.
    pub(crate) fn reads(&self) -> Vec<(QueryKey, FlightId)> {
        self.air.iter().map(|(key, flight, _)| (key.clone(), *flight)).collect()
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

    /// A mutation that makes its optimistic writes.
    pub(crate) fn begin(&mut self) -> MutationId {
        self.begin_with(NewMutation::default())
    }

    pub(crate) fn begin_with(&mut self, new: NewMutation) -> MutationId {
        self.cache.begin_mutation(self.now, new)
    }

    pub(crate) fn expect(&mut self, mutation: MutationId, key: &QueryKey, data: &str) {
        self.guess(mutation, key, Some(text(data)));
    }

    pub(crate) fn guess(&mut self, mutation: MutationId, key: &QueryKey, value: Option<Value>) {
        self.command(|cache, now| {
            cache.write_optimistically(now, mutation, key, value).expect("of the same type")
        });
    }

    pub(crate) fn submit(&mut self, mutation: MutationId, scope: &[&QueryKey]) {
        self.command(|cache, now| cache.submit_mutation(now, mutation, owned(scope)));
    }

    /// Starts a mutation that expects `data` at each of `keys`, which are its scope.
    pub(crate) fn change(&mut self, keys: &[&QueryKey], data: &str) -> MutationId {
        self.change_with(keys, data, MutationOptions::default())
    }

    pub(crate) fn change_with(
        &mut self,
        keys: &[&QueryKey],
        data: &str,
        options: MutationOptions,
    ) -> MutationId {
        let mutation = self.begin_with(NewMutation { options, ..NewMutation::default() });
        for key in keys {
            self.expect(mutation, key, data);
        }
        self.submit(mutation, keys);
        mutation
    }

    /// The mutations that the server has been asked for and has not answered, in the order of the requests.
    pub(crate) fn sent(&self) -> Vec<MutationId> {
        self.sent.iter().map(|(mutation, _)| *mutation).collect()
    }

    /// The mutations that ended since the last call, and how.
    pub(crate) fn take_ended(&mut self) -> Vec<(MutationId, MutationEnd)> {
        std::mem::take(&mut self.ended)
    }

    /// The server answers the attempt of a mutation.
    pub(crate) fn answer(&mut self, mutation: MutationId, answer: Result<(), Retry>) {
        let place = self.sent.iter().position(|(other, _)| *other == mutation).expect("it was sent");
        let (_, attempt) = self.sent.remove(place);
        self.answer_attempt(mutation, attempt, answer);
    }

    pub(crate) fn answer_attempt(&mut self, mutation: MutationId, attempt: u32, answer: Result<(), Retry>) {
        let answer = answer.map_err(|retry| Failure::new(Broken(retry)));
        self.command(|cache, now| cache.mutation_answered(now, mutation, attempt, answer));
    }

    pub(crate) fn settle(&mut self, mutation: MutationId, invalidates: &[&QueryKey]) {
        self.command(|cache, now| cache.settle_mutation(now, mutation, owned(invalidates)));
    }

    pub(crate) fn cancel(&mut self, mutations: &[MutationId]) {
        self.command(|cache, now| cache.cancel_mutations(now, mutations));
    }

    /// A mutation outside of every order, from its sending to its end.
    pub(crate) fn succeed(&mut self, mutation: MutationId, invalidates: &[&QueryKey]) {
        self.submit(mutation, &[]);
        self.answer(mutation, Ok(()));
        self.settle(mutation, invalidates);
    }

    pub(crate) fn fail_mutation(&mut self, mutation: MutationId, invalidates: &[&QueryKey]) {
        self.submit(mutation, &[]);
        self.answer(mutation, Err(Retry::Never));
        self.settle(mutation, invalidates);
    }
}

fn owned(keys: &[&QueryKey]) -> Vec<QueryKey> {
    keys.iter().map(|key| (*key).clone()).collect()
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
