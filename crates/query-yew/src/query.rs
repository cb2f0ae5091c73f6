//! The description of a query: its key, its fetch function, and its deviations from the defaults.

use std::future::Future;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

use query_core::{Failure, Options, QueryDefaults, QueryKey, Value};

use crate::fetcher::{Attempt, FetchContext, FetchRequest, Fetcher};

/// A query without its types. `None` means as the defaults say.
#[derive(Clone)]
pub(crate) struct Description {
    pub(crate) key: QueryKey,
    pub(crate) fetcher: Fetcher,
    enabled: bool,
    stale_time: Option<Duration>,
    gc_time: Option<Duration>,
    retries: Option<u32>,
    refetch_on_window_focus: Option<bool>,
    refetch_on_reconnect: Option<bool>,
    refetch_interval: Option<Duration>,
    keep_previous_data: bool,
    placeholder: Option<Value>,
}

impl Description {
    pub(crate) fn new(key: QueryKey, fetcher: Fetcher) -> Self {
        Self {
            key,
            fetcher,
            enabled: true,
            stale_time: None,
            gc_time: None,
            retries: None,
            refetch_on_window_focus: None,
            refetch_on_reconnect: None,
            refetch_interval: None,
            keep_previous_data: false,
            placeholder: None,
        }
    }

    pub(crate) fn options(&self, defaults: &QueryDefaults) -> Options {
        Options {
            enabled: self.enabled,
            stale_time: self.stale_time.unwrap_or(defaults.stale_time),
            gc_time: self.gc_time.unwrap_or(defaults.gc_time),
            retries: self.retries.unwrap_or(defaults.retries),
            refetch_on_window_focus: self.refetch_on_window_focus.unwrap_or(defaults.refetch_on_window_focus),
            refetch_on_reconnect: self.refetch_on_reconnect.unwrap_or(defaults.refetch_on_reconnect),
            refetch_interval: self.refetch_interval,
            keep_previous_data: self.keep_previous_data,
            placeholder: self.placeholder.clone(),
        }
    }
}

/// A query a component wants to show. May be built anew on every render: a change of key or options is acted on,
/// and the newest closure is the one that fetches.
///
/// One key stands for one type: data that another component cached under the same key with another type is not
/// seen.
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
        Self::with_fetcher(key, Rc::new(fetcher))
    }

    /// Shown while there is no data. It is not cached, and does not keep the query from fetching.
    #[must_use]
    pub fn placeholder(mut self, data: T) -> Self {
        self.description.placeholder = Some(Value::new(data));
        self
    }
}

impl<T, E> Query<T, E> {
    pub(crate) fn with_fetcher(key: QueryKey, fetcher: Fetcher) -> Self {
        Self { description: Description::new(key, fetcher), types: PhantomData }
    }

    /// Its key.
    pub fn key(&self) -> &QueryKey {
        &self.description.key
    }

    /// Whether the component makes the query fetch by itself; a disabled one still shows what the cache has.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.description.enabled = enabled;
        self
    }

    /// How long data counts as fresh. `Duration::MAX`: until it is invalidated.
    #[must_use]
    pub fn stale_time(mut self, time: Duration) -> Self {
        self.description.stale_time = Some(time);
        self
    }

    /// How long the data is kept once no component shows it.
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

    /// After a change of key, show the old key's data (as placeholder) until the new one has its own.
    #[must_use]
    pub fn keep_previous_data(mut self, keep: bool) -> Self {
        self.description.keep_previous_data = keep;
        self
    }

    /// Whether stale data is fetched again when the page comes to the front.
    #[must_use]
    pub fn refetch_on_window_focus(mut self, refetch: bool) -> Self {
        self.description.refetch_on_window_focus = Some(refetch);
        self
    }

    /// Whether stale data is fetched again when the network comes back.
    #[must_use]
    pub fn refetch_on_reconnect(mut self, refetch: bool) -> Self {
        self.description.refetch_on_reconnect = Some(refetch);
        self
    }

    /// Fetch again this long after the last attempt ended, while the page is visible.
    #[must_use]
    pub fn refetch_interval(mut self, interval: Duration) -> Self {
        self.description.refetch_interval = Some(interval);
        self
    }
}
