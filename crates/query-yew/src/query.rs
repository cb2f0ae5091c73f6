//! The description of a query: its key, its fetch function, and its deviations from the defaults.

use std::future::Future;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

use query_core::{
    Backoff, Failure, Kind, NetworkMode, Options, QueryDefaults, QueryKey, Refetch, Retry, Value, View,
};
use yew::Callback;

use crate::fetcher::{Attempt, FetchContext, FetchRequest, Fetcher};
use crate::initial_data::begin_with;
use crate::result::QueryResult;
use crate::runtime::Runtime;

/// Puts data into a cache before it is looked at.
type Begin = Rc<dyn Fn(&Rc<Runtime>)>;

/// Chooses the time until the next fetch by what there is to see.
pub(crate) type ChooseInterval = Rc<dyn Fn(&View) -> Option<Duration>>;

/// A query without its types. `None` means as the defaults say.
#[derive(Clone)]
pub(crate) struct Description {
    pub(crate) key: QueryKey,
    /// `None` for a query that is not to be fetched.
    pub(crate) fetcher: Option<Fetcher>,
    pub(crate) kind: Kind,
    /// Puts the data to begin with into a cache. A function, so that a query without it has no code for it.
    pub(crate) begin: Option<Begin>,
    enabled: bool,
    stale_time: Option<Duration>,
    gc_time: Option<Duration>,
    retries: Option<u32>,
    backoff: Option<Backoff>,
    retry_on_mount: Option<bool>,
    refetch_on_mount: Option<Refetch>,
    refetch_on_window_focus: Option<Refetch>,
    refetch_on_reconnect: Option<Refetch>,
    network_mode: Option<NetworkMode>,
    refetch_interval: Option<Duration>,
    /// Chooses the interval by the state.
    pub(crate) choose_interval: Option<ChooseInterval>,
    refetch_interval_in_background: bool,
    keep_previous_data: bool,
    placeholder: Option<Value>,
    meta: Option<Value>,
}

impl Description {
    fn new(key: QueryKey, kind: Kind, fetcher: Option<Fetcher>) -> Self {
        Self {
            key,
            enabled: fetcher.is_some(),
            fetcher,
            kind,
            begin: None,
            stale_time: None,
            gc_time: None,
            retries: None,
            backoff: None,
            retry_on_mount: None,
            refetch_on_mount: None,
            refetch_on_window_focus: None,
            refetch_on_reconnect: None,
            network_mode: None,
            refetch_interval: None,
            choose_interval: None,
            refetch_interval_in_background: false,
            keep_previous_data: false,
            placeholder: None,
            meta: None,
        }
    }

    /// Its options in a cache: what it chooses, and the defaults of its key.
    pub(crate) fn options(&self, runtime: &Runtime) -> Options {
        match runtime.key_defaults.of(&self.key, || runtime.with_cache(|cache| cache.defaults().clone())) {
            Some(defaults) => self.over(&defaults),
            None => runtime.with_cache(|cache| self.over(cache.defaults())),
        }
    }

    fn over(&self, defaults: &QueryDefaults) -> Options {
        let mut options = Options::new(defaults);
        options.kind = Some(self.kind);
        options.enabled = self.enabled;
        take(&mut options.stale_time, self.stale_time);
        take(&mut options.gc_time, self.gc_time);
        take(&mut options.retries, self.retries);
        take(&mut options.backoff, self.backoff);
        take(&mut options.retry_on_mount, self.retry_on_mount);
        take(&mut options.refetch_on_mount, self.refetch_on_mount);
        take(&mut options.refetch_on_window_focus, self.refetch_on_window_focus);
        take(&mut options.refetch_on_reconnect, self.refetch_on_reconnect);
        take(&mut options.network_mode, self.network_mode);
        options.refetch_interval = self.refetch_interval;
        options.refetch_interval_in_background = self.refetch_interval_in_background;
        options.keep_previous_data = self.keep_previous_data;
        options.placeholder.clone_from(&self.placeholder);
        options.meta.clone_from(&self.meta);
        options
    }
}

fn take<T>(option: &mut T, chosen: Option<T>) {
    if let Some(chosen) = chosen {
        *option = chosen;
    }
}

/// A query a component wants to show. May be built anew on every render: a change of key or options is acted on,
/// and the newest closure is the one that fetches.
///
/// One key stands for one type of data. Where the cache holds another one, the console says so, and the result has a
/// [`conflict`](QueryResult::conflict) and nothing else. An error of another type is a conflict beside the data.
pub struct Query<T, E> {
    pub(crate) description: Description,
    types: PhantomData<fn() -> (T, E)>,
}

impl<T, E> Clone for Query<T, E> {
    fn clone(&self) -> Self {
        Self { description: self.description.clone(), types: PhantomData }
    }
}

impl<T: PartialEq + 'static, E: 'static> Query<T, E> {
    /// A query with the application's defaults.
    pub fn new<F, Fut>(key: QueryKey, fetch: F) -> Self
    where
        F: Fn(FetchContext) -> Fut + 'static,
        Fut: Future<Output = Result<T, E>> + 'static,
    {
        let fetcher = move |request: FetchRequest| -> Attempt {
            let attempt = fetch(request.context);
            Box::pin(async move { attempt.await.map(Value::new).map_err(Failure::new) })
        };
        Self::with_fetcher(key, Some(Rc::new(fetcher)))
    }

    /// A query that cannot be fetched yet, for instance because a parameter is missing. It shows what the cache has.
    pub fn skipped(key: QueryKey) -> Self {
        Self::with_fetcher(key, None)
    }

    /// Shown while there is no data. It is not cached, and does not keep the query from fetching.
    #[must_use]
    pub fn placeholder(mut self, data: T) -> Self {
        self.description.placeholder = Some(Value::new(data));
        self
    }

    /// Put into the cache where it has nothing yet, as if it had been fetched now. Only components put it there;
    /// [`QueryClient::fetch`](crate::QueryClient::fetch) and its kin do not.
    #[must_use]
    pub fn initial_data(self, data: T) -> Self {
        self.begin_with(data, None)
    }

    /// [`initial_data`](Self::initial_data) that was true at a time, in milliseconds since the Unix epoch. If that is longer
    /// ago than the stale time, it is shown and fetched again.
    #[must_use]
    pub fn initial_data_as_of(self, data: T, millis: u64) -> Self {
        self.begin_with(data, Some(millis))
    }

    fn begin_with(mut self, data: T, as_of: Option<u64>) -> Self {
        let (key, value) = (self.description.key.clone(), Value::new(data));
        let begin = move |runtime: &Rc<Runtime>| begin_with(runtime, &key, &value, as_of);
        self.description.begin = Some(Rc::new(begin));
        self
    }

    /// Makes fetched data out of the old one and the new, so that what has not changed keeps its reference.
    /// [`share_items`](crate::share_items) does so for lists.
    #[must_use]
    pub fn share(self, share: impl Fn(&T, T) -> T + 'static) -> Self {
        let share = Rc::new(share);
        self.refine(move |attempt, current| {
            let share = Rc::clone(&share);
            Box::pin(async move {
                let value = attempt.await?;
                let (Some(old), Some(new)) = (current.and_then(|old| old.get::<T>()), value.get::<T>())
                else {
                    return Ok(value);
                };
                // The one reference, but for the one that is given up here.
                drop(value);
                Ok(match Rc::try_unwrap(new) {
                    Ok(new) => Value::new(share(&old, new)),
                    Err(new) => Value::from_rc(new),
                })
            })
        })
    }
}

impl<T: 'static, E: 'static> Query<T, E> {
    pub(crate) fn with_fetcher(key: QueryKey, fetcher: Option<Fetcher>) -> Self {
        Self { description: Description::new(key, Kind::of::<T>(), fetcher), types: PhantomData }
    }

    /// Says which errors of this query are worth another attempt, and when it is made, instead of
    /// [`QueryDefaults::verdict`](crate::QueryDefaults::verdict).
    #[must_use]
    pub fn verdict(self, verdict: impl Fn(&E) -> Retry + 'static) -> Self {
        let verdict = Rc::new(verdict);
        self.refine(move |attempt, _| {
            let verdict = Rc::clone(&verdict);
            Box::pin(async move {
                attempt.await.map_err(|failure| {
                    let retry = failure.error.peek().map(|err| verdict(err));
                    Failure { retry, ..failure }
                })
            })
        })
    }

    /// Fetch again as long after the last attempt as `choose` says of the state; `None` or zero: not again. It is asked whenever there
    /// is something new to see, and with each render.
    #[must_use]
    pub fn refetch_interval_by(
        mut self,
        choose: impl Fn(&QueryResult<T, E>) -> Option<Duration> + 'static,
    ) -> Self {
        let choose = move |view: &_| choose(&QueryResult::of(view, Callback::noop()));
        self.description.choose_interval = Some(Rc::new(choose));
        self
    }

    /// Lets each attempt of the fetch function go through `change`, which also gets the data the cache has.
    fn refine(mut self, change: impl Fn(Attempt, Option<Value>) -> Attempt + 'static) -> Self {
        self.description.fetcher = self.description.fetcher.map(|fetcher| -> Fetcher {
            Rc::new(move |request| {
                let current = request.current.clone();
                change(fetcher(request), current)
            })
        });
        self
    }
}

impl<T, E> Query<T, E> {
    /// Its key.
    pub fn key(&self) -> &QueryKey {
        &self.description.key
    }

    /// Whether the component makes the query fetch by itself; a disabled one still shows what the cache has.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.description.enabled = enabled && self.description.fetcher.is_some();
        self
    }

    /// How long data counts as fresh. `Duration::MAX`: until it is invalidated.
    #[must_use]
    pub fn stale_time(mut self, time: Duration) -> Self {
        self.description.stale_time = Some(time);
        self
    }

    /// How long the data is kept once no component shows it. Of several components the longest time counts.
    /// It is never shortened while the query is kept. `Duration::MAX`: for ever.
    #[must_use]
    pub fn gc_time(mut self, time: Duration) -> Self {
        self.description.gc_time = Some(time);
        self
    }

    /// How many times a failed fetch is tried again, if its error asks for it.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.description.retries = Some(retries);
        self
    }

    /// How long it waits before it is tried again.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.description.backoff = Some(backoff);
        self
    }

    /// Whether a component that appears fetches what failed before.
    #[must_use]
    pub fn retry_on_mount(mut self, retry: bool) -> Self {
        self.description.retry_on_mount = Some(retry);
        self
    }

    /// After a change of key, show the old key's data (as placeholder) until the new one has its own.
    #[must_use]
    pub fn keep_previous_data(mut self, keep: bool) -> Self {
        self.description.keep_previous_data = keep;
        self
    }

    /// Whether a component that appears fetches again: `true` where the data is stale, or [`Refetch::Always`].
    #[must_use]
    pub fn refetch_on_mount(mut self, refetch: impl Into<Refetch>) -> Self {
        self.description.refetch_on_mount = Some(refetch.into());
        self
    }

    /// Whether data is fetched again when the page comes to the front.
    #[must_use]
    pub fn refetch_on_window_focus(mut self, refetch: impl Into<Refetch>) -> Self {
        self.description.refetch_on_window_focus = Some(refetch.into());
        self
    }

    /// Whether data is fetched again when the network comes back.
    #[must_use]
    pub fn refetch_on_reconnect(mut self, refetch: impl Into<Refetch>) -> Self {
        self.description.refetch_on_reconnect = Some(refetch.into());
        self
    }

    /// What is done without a network.
    #[must_use]
    pub fn network_mode(mut self, mode: NetworkMode) -> Self {
        self.description.network_mode = Some(mode);
        self
    }

    /// Fetch again this long after the last attempt or write, while the page is visible. Zero: never.
    #[must_use]
    pub fn refetch_interval(mut self, interval: Duration) -> Self {
        self.description.refetch_interval = Some(interval);
        self
    }

    /// Whether the interval goes on while the page is hidden.
    #[must_use]
    pub fn refetch_interval_in_background(mut self, refetch: bool) -> Self {
        self.description.refetch_interval_in_background = refetch;
        self
    }

    /// Whatever the application wants to know of the query elsewhere, such as where its errors are reported.
    #[must_use]
    pub fn meta<M: PartialEq + 'static>(mut self, meta: M) -> Self {
        self.description.meta = Some(Value::new(meta));
        self
    }
}
