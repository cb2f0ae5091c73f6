//! The handle to the cache that components and the application's own code share.

use std::fmt;
use std::rc::Rc;

use query_core::{Event, QueryDefaults, QueryKey, Value};

use crate::listeners;
use crate::query::Query;
use crate::runtime::Runtime;

/// A query cache. Clones are handles to the same one, and equal.
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

    /// Makes everything at and below `prefix` stale, and fetches the observed keys again.
    pub fn invalidate(&self, prefix: &QueryKey) {
        self.runtime.step(Event::Invalidate { prefix: prefix.clone() });
    }

    /// The cached data of a key, fresh or not, if it is a `T`.
    pub fn get_data<T: 'static>(&self, key: &QueryKey) -> Option<Rc<T>> {
        self.runtime.with_cache(|cache| cache.data(key).cloned())?.get()
    }

    /// Puts data into the cache as if it had just been fetched.
    pub fn set_data<T: PartialEq + 'static>(&self, key: &QueryKey, data: T) {
        self.write(key, Value::new(data));
    }

    /// Replaces cached data by the result of `change`. Does nothing where there is none, or not a `T`.
    pub fn update_data<T: PartialEq + 'static>(&self, key: &QueryKey, change: impl FnOnce(&T) -> T) {
        if let Some(data) = self.get_data::<T>(key) {
            self.write(key, Value::new(change(&data)));
        }
    }

    /// Forgets everything at and below `prefix`. Components that show it are left without data, and fetch again
    /// only when they are mounted anew, refetch, or the key is invalidated.
    pub fn remove(&self, prefix: &QueryKey) {
        self.runtime.step(Event::Remove { prefix: prefix.clone() });
    }

    /// Forgets everything and aborts every fetch, as on logout. Nothing is fetched again by itself.
    pub fn clear(&self) {
        self.runtime.step(Event::Clear);
    }

    /// Fetches a query ahead of its first observer, unless it is fresh.
    pub fn prefetch<T: PartialEq + 'static, E: 'static>(&self, query: Query<T, E>) {
        let description = query.description;
        let options = description.options(&self.runtime.with_cache(|cache| cache.defaults().clone()));
        self.runtime.set_fetcher(description.key.clone(), description.fetcher);
        self.runtime.step(Event::Prefetch { key: description.key, options });
    }

    /// The keys at and below `prefix` that the cache knows, in order.
    pub fn keys(&self, prefix: &QueryKey) -> Vec<QueryKey> {
        self.runtime.with_cache(|cache| cache.keys(prefix))
    }

    /// Takes the data at and below `prefix`, of type `T`, from a JSON document made by [`dehydrate`](Self::dehydrate)
    /// or by a server. Data that the cache has newer stays.
    ///
    /// # Errors
    /// When the document cannot be read, or has data of another type under the prefix; then nothing is taken.
    #[cfg(feature = "hydrate")]
    pub fn hydrate<T>(&self, prefix: &QueryKey, json: &str) -> Result<(), query_core::HydrateError>
    where
        T: serde::de::DeserializeOwned + PartialEq + 'static,
    {
        for event in query_core::hydration::<T>(json, prefix)? {
            self.runtime.step(event);
        }
        Ok(())
    }

    /// The cached data at and below `prefix` that is a `T`, as a JSON document for [`hydrate`](Self::hydrate).
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    #[cfg(feature = "hydrate")]
    pub fn dehydrate<T>(&self, prefix: &QueryKey) -> Result<String, query_core::HydrateError>
    where
        T: serde::Serialize + 'static,
    {
        self.runtime.with_cache(|cache| cache.dehydrate::<T>(prefix))
    }

    pub(crate) fn runtime(&self) -> &Rc<Runtime> {
        &self.runtime
    }

    fn write(&self, key: &QueryKey, value: Value) {
        self.runtime.step(Event::Write { key: key.clone(), value, as_of: None });
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
