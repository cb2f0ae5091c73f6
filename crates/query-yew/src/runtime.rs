//! Drives the cache in a browser: carries out its effects and reports back what came of them. Not generic, so that
//! an application with fifty kinds of data has this code once.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::task::Waker;

use gloo_timers::callback::Timeout;
use query_core::{
    Cache, Clock, Effect, Event, Failure, FetchKind, FlightId, Moment, MutationEffect, MutationEnd,
    MutationId, MutationState, ObserverId, QueryDefaults, QueryKey, SortedMap, View,
};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use crate::fetcher::{FetchContext, FetchRequest, Fetcher};
use crate::key_defaults::KeyDefaults;
use crate::mutation::run::{MutationChange, MutationRun, RunningMutation};
use crate::subscribers::Subscribers;

/// Listeners of one kind, each by the id that removes it.
type Listening<F> = RefCell<SortedMap<ObserverId, Rc<F>>>;

/// The callback of an observer, called with each new view.
pub(crate) type Listener = Rc<dyn Fn(&View)>;

/// Called with each change of each mutation. One that has settled has no state any more.
pub(crate) type MutationListener = dyn Fn(Option<&MutationState>, &MutationChange);

/// Tells the listeners that a mutation has changed, or how it ends.
pub(crate) type MutationNews = fn(&Runtime, MutationId, Option<(MutationEnd, &dyn MutationRun)>);

/// Carries out the effects that concern mutations.
pub(crate) type MutationDriver = fn(&Rc<Runtime>, MutationEffect);

/// The longest wait `setTimeout` takes, in milliseconds; past it the cache is asked again.
const LONGEST_ALARM: u64 = i32::MAX as u64;

pub(crate) struct Runtime {
    cache: RefCell<Cache>,
    /// The fetcher of each key: the newest closure that a component gave.
    fetchers: RefCell<SortedMap<QueryKey, Fetcher>>,
    flights: RefCell<SortedMap<FlightId, AbortController>>,
    observers: Listening<dyn Fn(&View)>,
    counters: Listening<dyn Fn(usize)>,
    /// The mutations that have not settled.
    pub(crate) mutations: RefCell<SortedMap<MutationId, RunningMutation>>,
    mutation_listeners: Listening<MutationListener>,
    /// Set by the first mutation, so that an application without any has no code for them.
    mutation_driver: Cell<Option<MutationDriver>>,
    /// Set by the first listener, for the same reason.
    pub(crate) mutation_news: Cell<Option<MutationNews>>,
    alarm: RefCell<Option<(Moment, Timeout)>>,
    alarm_is_being_set: Cell<bool>,
    clock: Cell<Clock>,
    pub(crate) key_defaults: KeyDefaults,
    pub(crate) subscribers: Subscribers,
    /// Who waits for keys to be settled.
    waiting: RefCell<Vec<(QueryKey, Waker)>>,
}

impl Runtime {
    pub(crate) fn new(defaults: QueryDefaults) -> Self {
        Self {
            cache: RefCell::new(Cache::new(defaults, js_sys::Math::random)),
            fetchers: RefCell::default(),
            flights: RefCell::default(),
            observers: RefCell::default(),
            counters: RefCell::default(),
            mutations: RefCell::default(),
            mutation_listeners: RefCell::default(),
            mutation_driver: Cell::new(None),
            mutation_news: Cell::new(None),
            alarm: RefCell::default(),
            alarm_is_being_set: Cell::new(false),
            clock: Cell::new(Clock::new(wall_millis(), monotonic_millis())),
            key_defaults: KeyDefaults::default(),
            subscribers: Subscribers::default(),
            waiting: RefCell::default(),
        }
    }

    /// Access to the cache for what has no effects. Must not call back into the runtime.
    pub(crate) fn with_cache<R>(&self, read: impl FnOnce(&mut Cache) -> R) -> R {
        read(&mut self.cache.borrow_mut())
    }

    /// Access to the cache, with the time. Must not call back into the runtime.
    pub(crate) fn with_now<R>(&self, change: impl FnOnce(&mut Cache, Moment) -> R) -> R {
        let now = self.now();
        change(&mut self.cache.borrow_mut(), now)
    }

    /// Hands an event to the cache and carries out the effects.
    pub(crate) fn step(self: &Rc<Self>, event: Event) {
        self.command(|cache, now| cache.step(now, event));
    }

    /// Has the cache do something, and carries out the effects.
    pub(crate) fn command(self: &Rc<Self>, command: impl FnOnce(&mut Cache, Moment) -> Vec<Effect>) {
        // The borrow ends before the effects: they run code of the application, which may come back here.
        let effects = self.with_now(command);
        self.carry_out_all(effects);
    }

    /// Carries out effects in order.
    pub(crate) fn carry_out_all(self: &Rc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            self.carry_out(effect);
        }
        self.wake_settled();
        self.set_alarm_soon();
    }

    /// The time, by a clock that is never set back.
    pub(crate) fn now(&self) -> Moment {
        let mut clock = self.clock.get();
        let now = clock.read(wall_millis(), monotonic_millis());
        self.clock.set(clock);
        now
    }

    /// The clock, for times of day.
    pub(crate) fn clock(&self) -> Clock {
        self.now();
        self.clock.get()
    }

    /// Wakes whoever waits once a key is not being fetched any more.
    pub(crate) fn wake_when_settled(&self, key: QueryKey, waker: Waker) {
        self.waiting.borrow_mut().push((key, waker));
    }

    fn wake_settled(&self) {
        let settled: Vec<_> = {
            let cache = self.cache.borrow();
            self.waiting.borrow_mut().extract_if(.., |(key, _)| cache.is_settled(key)).collect()
        };
        for (_, waker) in settled {
            waker.wake();
        }
    }

    /// The failure with a verdict, which is found while nothing is borrowed: it is code of the application.
    pub(crate) fn judged(&self, failure: Failure) -> Failure {
        let retry = failure.retry.unwrap_or_else(|| {
            let verdicts = self.cache.borrow().defaults().verdicts.clone();
            verdicts.on(&failure.error)
        });
        Failure { retry: Some(retry), ..failure }
    }

    pub(crate) fn set_fetcher(&self, key: QueryKey, fetcher: Fetcher) {
        let replaced = self.fetchers.borrow_mut().insert(key, fetcher);
        // Dropping a closure may drop anything, so not under the borrow.
        drop(replaced);
    }

    /// Whether a key has a fetcher. Data that was only written cannot be fetched again.
    #[cfg(feature = "devtools")]
    pub(crate) fn can_fetch(&self, key: &QueryKey) -> bool {
        self.fetchers.borrow().get(key).is_some()
    }

    pub(crate) fn view(&self, observer: ObserverId) -> Option<View> {
        self.cache.borrow().view(observer, self.now())
    }

    /// Listens for what an observer sees, whose name the listener may want to know.
    pub(crate) fn listen(&self, listener: impl FnOnce(ObserverId) -> Listener) -> ObserverId {
        let id = self.cache.borrow_mut().new_observer();
        self.observers.borrow_mut().insert(id, listener(id));
        id
    }

    /// Stops listening at once, and leaves the query after this turn of the event loop. A page that shows the same query
    /// next takes it over, with its request.
    pub(crate) fn unlisten(self: &Rc<Self>, observer: ObserverId) {
        let removed = self.observers.borrow_mut().remove(&observer);
        drop(removed);
        // Strong: the fetches of an application are to be aborted when it is unmounted.
        let runtime = Rc::clone(self);
        spawn_local(async move { runtime.step(Event::Leave { observer }) });
    }

    pub(crate) fn count(&self, counter: impl Fn(usize) + 'static) -> ObserverId {
        let id = self.cache.borrow_mut().new_observer();
        self.counters.borrow_mut().insert(id, Rc::new(counter));
        id
    }

    pub(crate) fn uncount(&self, counter: ObserverId) {
        let removed = self.counters.borrow_mut().remove(&counter);
        drop(removed);
    }

    pub(crate) fn drive_mutations_by(&self, driver: MutationDriver) {
        self.mutation_driver.set(Some(driver));
    }

    pub(crate) fn listen_to_mutations(&self, listener: Rc<MutationListener>) -> ObserverId {
        let id = self.cache.borrow_mut().new_observer();
        self.mutation_listeners.borrow_mut().insert(id, listener);
        id
    }

    pub(crate) fn unlisten_to_mutations(&self, listener: ObserverId) {
        let removed = self.mutation_listeners.borrow_mut().remove(&listener);
        drop(removed);
    }

    pub(crate) fn mutation_listeners(&self) -> Vec<Rc<MutationListener>> {
        self.mutation_listeners.borrow().values().cloned().collect()
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::Fetch { key, flight, kind } => self.fetch(key, flight, kind),
            Effect::Abort { flight } => {
                let controller = self.flights.borrow_mut().remove(&flight);
                if let Some(controller) = controller {
                    controller.abort();
                }
            }
            Effect::Notify { observer } => {
                let listener = self.observers.borrow().get(&observer).cloned();
                if let (Some(listener), Some(view)) = (listener, self.view(observer)) {
                    listener(&view);
                }
            }
            Effect::FetchingCount(count) => {
                let counters: Vec<_> = self.counters.borrow().values().cloned().collect();
                for counter in counters {
                    counter(count);
                }
            }
            Effect::Forget { key } => {
                // Whoever was told of the removal may have begun anew.
                let is_back = self.cache.borrow().knows(&key);
                let removed = if is_back { None } else { self.fetchers.borrow_mut().remove(&key) };
                drop(removed);
            }
            Effect::Mutation(effect) => {
                if let Some(carry_out) = self.mutation_driver.get() {
                    carry_out(self, effect);
                }
            }
            Effect::Changed { key, change } => self.subscribers.tell(&key, &change),
        }
    }

    fn fetch(self: &Rc<Self>, key: QueryKey, flight: FlightId, kind: FetchKind) {
        // What was done before this may have cancelled it.
        if !self.cache.borrow().awaits(&key, flight) {
            return;
        }
        // Data that was only written has no fetcher; and only a browser has an AbortController.
        let fetcher = self.fetchers.borrow().get(&key).cloned();
        let (Some(fetcher), Ok(controller)) = (fetcher, AbortController::new()) else {
            return self.step(Event::Unfetchable { key });
        };
        let current = self.cache.borrow().data(&key).cloned();
        let attempt =
            fetcher(FetchRequest { context: FetchContext { signal: controller.signal() }, kind, current });
        self.flights.borrow_mut().insert(flight, controller);
        // Weak: an application that is gone need not wait for its requests.
        let runtime = Rc::downgrade(self);
        spawn_local(async move {
            let result = attempt.await;
            let Some(runtime) = runtime.upgrade() else { return };
            let landed = runtime.flights.borrow_mut().remove(&flight);
            if landed.is_some() {
                let result = result.map_err(|failure| runtime.judged(failure));
                runtime.step(Event::Fetched { key, flight, result });
            }
        });
    }

    /// Sets the alarm once for all steps of this turn: looking for the next moment reads the whole cache.
    fn set_alarm_soon(self: &Rc<Self>) {
        if self.alarm_is_being_set.replace(true) {
            return;
        }
        let runtime = Rc::downgrade(self);
        spawn_local(async move {
            if let Some(runtime) = runtime.upgrade() {
                runtime.alarm_is_being_set.set(false);
                runtime.set_alarm();
            }
        });
    }

    fn set_alarm(self: &Rc<Self>) {
        let wanted = self.cache.borrow().next_wake();
        let mut alarm = self.alarm.borrow_mut();
        if alarm.as_ref().map(|(moment, _)| *moment) == wanted {
            return;
        }
        *alarm = wanted.map(|moment| {
            let wait = moment.as_millis().saturating_sub(self.now().as_millis()).min(LONGEST_ALARM);
            let runtime = Rc::downgrade(self);
            let ring = move || {
                if let Some(runtime) = Weak::upgrade(&runtime) {
                    // Forgotten first, so that an alarm for the same moment can be set again: a timer may be early.
                    let rung = runtime.alarm.borrow_mut().take();
                    runtime.step(Event::Tick);
                    drop(rung);
                }
            };
            (moment, Timeout::new(u32::try_from(wait).unwrap_or(u32::MAX), ring))
        });
    }
}

/// The wall clock, in milliseconds since the Unix epoch.
fn wall_millis() -> u64 {
    js_sys::Date::now() as u64
}

/// A clock that nobody sets. It stands still while some computers sleep, and there is none outside of pages.
fn monotonic_millis() -> Option<u64> {
    let performance = web_sys::window()?.performance()?;
    Some(performance.now() as u64)
}
