//! Drives the cache in a browser: carries out its effects and reports back what came of them. Not generic, so that
//! an application with fifty kinds of data has this code once.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use query_core::{Cache, Effect, Event, FetchKind, FlightId, MutationEffect, MutationId, ObserverId};
use query_core::{Moment, QueryDefaults, QueryKey, SortedMap, View};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use crate::fetcher::{FetchContext, FetchRequest, Fetcher};
use crate::mutation_run::RunningMutation;

/// Listeners of one kind, each by the id that removes it.
type Listening<F> = RefCell<SortedMap<ObserverId, Rc<F>>>;

/// The callback of an observer, called with each new view.
pub(crate) type Listener = Rc<dyn Fn(&View)>;

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
    mutation_listeners: Listening<dyn Fn()>,
    /// Set by the first mutation, so that an application without any has no code for them.
    mutation_driver: Cell<Option<MutationDriver>>,
    alarm: RefCell<Option<(Moment, Timeout)>>,
    alarm_is_being_set: Cell<bool>,
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
            alarm: RefCell::default(),
            alarm_is_being_set: Cell::new(false),
        }
    }

    /// Read access to the cache. Must not call back into the runtime.
    pub(crate) fn with_cache<R>(&self, read: impl FnOnce(&mut Cache) -> R) -> R {
        read(&mut self.cache.borrow_mut())
    }

    /// Hands an event to the cache and carries out the effects.
    pub(crate) fn step(self: &Rc<Self>, event: Event) {
        self.act(|cache, now| cache.step(now, event));
    }

    /// Has the cache do something, and carries out the effects.
    pub(crate) fn act(self: &Rc<Self>, act: impl FnOnce(&mut Cache, Moment) -> Vec<Effect>) {
        // The borrow ends before the effects: they run code of the application, which may come back here.
        let effects = act(&mut self.cache.borrow_mut(), now());
        self.carry_out_all(effects);
    }

    fn carry_out_all(self: &Rc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            self.carry_out(effect);
        }
        self.set_alarm_soon();
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
        self.cache.borrow().view(observer, now())
    }

    pub(crate) fn listen(&self, listener: Listener) -> ObserverId {
        let id = self.cache.borrow_mut().new_observer();
        self.observers.borrow_mut().insert(id, listener);
        id
    }

    /// Stops listening at once, and leaves the query when this turn of the event loop is over: a page that is
    /// replaced by another one that shows the same query hands it over, and a request in the air stays there.
    pub(crate) fn unlisten(self: &Rc<Self>, observer: ObserverId) {
        let removed = self.observers.borrow_mut().remove(&observer);
        drop(removed);
        // Strong, unlike elsewhere: the fetches of an application are to be aborted when it is unmounted.
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

    pub(crate) fn listen_to_mutations(&self, listener: impl Fn() + 'static) -> ObserverId {
        let id = self.cache.borrow_mut().new_observer();
        self.mutation_listeners.borrow_mut().insert(id, Rc::new(listener));
        id
    }

    pub(crate) fn unlisten_to_mutations(&self, listener: ObserverId) {
        let removed = self.mutation_listeners.borrow_mut().remove(&listener);
        drop(removed);
    }

    pub(crate) fn tell_of_mutations(&self) {
        let listeners: Vec<_> = self.mutation_listeners.borrow().values().cloned().collect();
        for listener in listeners {
            listener();
        }
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
                let removed = self.fetchers.borrow_mut().remove(&key);
                drop(removed);
            }
            Effect::Mutation(effect) => {
                if let Some(carry_out) = self.mutation_driver.get() {
                    carry_out(self, effect);
                }
            }
        }
    }

    fn fetch(self: &Rc<Self>, key: QueryKey, flight: FlightId, kind: FetchKind) {
        // A key that the cache fetches has its fetcher; and only a browser has an AbortController.
        let fetcher = self.fetchers.borrow().get(&key).cloned();
        let (Some(fetcher), Ok(controller)) = (fetcher, AbortController::new()) else {
            return;
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
                runtime.step(Event::Fetched { key, flight, result });
            }
        });
    }

    /// Sets the alarm once for all the steps of this turn of the event loop: looking for the next moment reads the
    /// whole cache, and a page that mounts takes a step for each of its queries.
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
            let wait = moment.as_millis().saturating_sub(now().as_millis()).min(LONGEST_ALARM);
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

/// Wall-clock time, since a monotonic clock stands still while a laptop sleeps and stale data would look fresh.
pub(crate) fn now() -> Moment {
    Moment::from_millis(js_sys::Date::now() as u64)
}
