//! The handle to the cache that components and the application's own code share.

pub(crate) mod awaited;
pub(crate) mod events;
#[cfg(feature = "hydrate")]
mod hydration;
mod mutations;
#[cfg(feature = "persist")]
pub(crate) mod persist;

use std::fmt;
use std::rc::Rc;

use query_core::{Event, Filter, Inspected, QueryDefaults, QueryKey, Targets, Value};

use crate::conflict;
use crate::listeners;
use crate::runtime::Runtime;

/// A query cache. Clones are handles to the same one, and equal.
///
/// Where a method takes a [`Filter`], a key stands for itself and all below it.
#[derive(Clone)]
pub struct QueryClient {
    runtime: Rc<Runtime>,
}

impl QueryClient {
    /// An empty cache. Usually a [`QueryClientProvider`](crate::QueryClientProvider) makes it; one made here can be
    /// given to the provider, and used outside of components as well.
    pub fn new(defaults: QueryDefaults) -> Self {
        let runtime = Rc::new(Runtime::new(defaults));
        listeners::report_visibility(&runtime);
        Self { runtime }
    }

    /// Makes queries stale, and fetches those again that a component shows.
    pub fn invalidate(&self, filter: impl Into<Filter>) {
        self.invalidate_and_refetch(filter, Targets::Active);
    }

    /// Makes queries stale, and fetches those of `targets` again.
    pub fn invalidate_and_refetch(&self, filter: impl Into<Filter>, targets: Targets) {
        let filter = self.tried(filter.into());
        self.runtime.command(|cache, now| cache.invalidate(now, &filter, targets));
    }

    /// Fetches queries now, fresh or not, except those that only disabled components show. Joins fetches under way.
    pub fn refetch(&self, filter: impl Into<Filter>) {
        let filter = self.tried(filter.into());
        self.runtime.command(|cache, now| cache.refetch(now, &filter));
    }

    /// Aborts the fetches of queries; data and errors stay as they were.
    pub fn cancel(&self, filter: impl Into<Filter>) {
        let filter = self.tried(filter.into());
        self.runtime.command(|cache, now| cache.cancel(now, &filter));
    }

    /// Takes queries back to how they began, without data, and fetches those again that a component shows. Initial
    /// data does not come back.
    pub fn reset(&self, filter: impl Into<Filter>) {
        let filter = self.tried(filter.into());
        self.runtime.command(|cache, now| cache.reset(now, &filter));
    }

    /// Forgets queries. Components that show them are left without data until something has them fetch: an invalidation, a
    /// refetch, the network, a new mount. Only `use_suspense_query` fetches at once.
    pub fn remove(&self, filter: impl Into<Filter>) {
        let filter = self.tried(filter.into());
        self.runtime.command(|cache, now| cache.remove(now, &filter));
    }

    /// Forgets all data and aborts every fetch, as on logout. Changes that were not sent fail with
    /// [`Fault::Cancelled`](crate::Fault::Cancelled); those in the air go on, and are not taken back. Nothing is fetched now;
    /// the network coming back may fetch what is shown. Defaults and subscriptions stay.
    pub fn clear(&self) {
        self.runtime.command(|cache, now| cache.clear(now));
    }

    /// The cached data of a key, fresh or not, if it is a `T`.
    pub fn get_data<T: 'static>(&self, key: &QueryKey) -> Option<Rc<T>> {
        self.runtime.with_cache(|cache| cache.data(key).cloned())?.get()
    }

    /// The data of every chosen query that is a `T`, with its key.
    pub fn all_data<T: 'static>(&self, filter: impl Into<Filter>) -> Vec<(QueryKey, Rc<T>)> {
        let of_type = |query: Inspected| Some((query.key, query.data?.get()?));
        self.inspect(filter).into_iter().filter_map(of_type).collect()
    }

    /// Puts data into the cache as if it had just been fetched. Where a component shows data of another type under the key,
    /// the console says so, and that stays.
    pub fn set_data<T: PartialEq + 'static>(&self, key: &QueryKey, data: T) {
        self.write(key, Value::new(data));
    }

    /// Replaces cached data by the result of `change`. Does nothing where there is none, or not a `T`.
    pub fn update_data<T: PartialEq + 'static>(&self, key: &QueryKey, change: impl FnOnce(&T) -> T) {
        if let Some(data) = self.get_data::<T>(key) {
            self.write(key, Value::new(change(&data)));
        }
    }

    /// [`update_data`](Self::update_data) for every chosen query whose data is a `T`, for instance each page of a list.
    pub fn update_all_data<T: PartialEq + 'static>(
        &self,
        filter: impl Into<Filter>,
        change: impl Fn(&T) -> T,
    ) {
        for (key, data) in self.all_data::<T>(filter) {
            self.write(&key, Value::new(change(&data)));
        }
    }

    /// The error of a key's last fetch, if that failed for good with an `E`.
    pub fn get_error<E: 'static>(&self, key: &QueryKey) -> Option<Rc<E>> {
        self.runtime.with_cache(|cache| cache.error(key).cloned())?.get()
    }

    /// What [`Query::meta`](crate::Query::meta) says of a key, if it is an `M`.
    pub fn meta<M: 'static>(&self, key: &QueryKey) -> Option<Rc<M>> {
        self.runtime.with_cache(|cache| cache.meta(key).cloned())?.get()
    }

    /// The keys at and below `prefix` that the cache knows, in order.
    pub fn keys(&self, prefix: &QueryKey) -> Vec<QueryKey> {
        self.runtime.with_cache(|cache| cache.keys(prefix))
    }

    /// The state of every chosen query, in the order of their keys.
    pub fn inspect(&self, filter: impl Into<Filter>) -> Vec<Inspected> {
        let filter = self.tried(filter.into());
        self.runtime.with_now(|cache, now| cache.inspect(&filter, now))
    }

    /// The choices of the application.
    pub fn defaults(&self) -> QueryDefaults {
        self.runtime.with_cache(|cache| cache.defaults().clone())
    }

    /// Has queries at and below `prefix` begin with other defaults: what `change` makes of those of the application, or of a
    /// shorter prefix. A second call for the same prefix replaces the first. Verdicts on errors are for the whole application,
    /// or for one query.
    pub fn set_defaults(&self, prefix: &QueryKey, change: impl Fn(QueryDefaults) -> QueryDefaults + 'static) {
        self.runtime.key_defaults.set(prefix.clone(), Rc::new(change));
    }

    /// Whether the cache believes that there is a network.
    pub fn is_online(&self) -> bool {
        self.runtime.with_cache(|cache| cache.is_online())
    }

    /// Tells the cache that the network is there or not, for an application that knows better than the browser. Where
    /// [`QueryClientProviderProps::browser_news`](crate::QueryClientProviderProps) is off, nobody else does.
    pub fn set_online(&self, online: bool) {
        self.runtime.step(Event::Online(online));
    }

    /// Whether the cache believes that the page is in front.
    pub fn is_focused(&self) -> bool {
        self.runtime.with_cache(|cache| cache.is_visible())
    }

    /// Tells the cache that the page is in front or not.
    pub fn set_focused(&self, focused: bool) {
        self.runtime.step(Event::Visible(focused));
    }

    pub(crate) fn runtime(&self) -> &Rc<Runtime> {
        &self.runtime
    }

    /// The filter with its conditions tried, which are code of the application and may come back here.
    fn tried(&self, filter: Filter) -> Filter {
        if !filter.has_conditions() {
            return filter;
        }
        let named = filter.unconditional();
        filter.among(&self.runtime.with_now(|cache, now| cache.inspect(&named, now)))
    }

    fn write(&self, key: &QueryKey, value: Value) {
        let written = self.runtime.with_now(|cache, now| cache.write(now, key, value, None));
        match written {
            Ok(effects) => self.runtime.carry_out_all(effects),
            Err(conflict) => conflict::report(key, conflict),
        }
    }
}

impl PartialEq for QueryClient {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.runtime, &other.runtime)
    }
}

impl fmt::Debug for QueryClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueryClient")
    }
}
