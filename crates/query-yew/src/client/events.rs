//! News from the cache, for code that is no component: a log, a counter, the place where all errors are reported.

use std::fmt;
use std::rc::Rc;

use query_core::{Change, QueryKey};

use crate::client::QueryClient;

/// Listens until it is dropped.
#[must_use = "it listens until it is dropped"]
pub struct Subscription {
    client: QueryClient,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let runtime = self.client.runtime();
        let removed = runtime.subscribers.remove(self.id);
        runtime.with_cache(|cache| cache.watch(!runtime.subscribers.is_empty()));
        drop(removed);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription")
    }
}

impl QueryClient {
    /// Calls `told` with every change of every query, until the subscription is dropped.
    ///
    /// A place for all errors listens for [`Change::Failed`], and asks [`meta`](Self::meta) whether this one is to be
    /// reported.
    pub fn subscribe(&self, told: impl Fn(&QueryKey, &Change) + 'static) -> Subscription {
        let runtime = self.runtime();
        let id = runtime.subscribers.add(Rc::new(told));
        runtime.with_cache(|cache| cache.watch(true));
        Subscription { client: self.clone(), id }
    }
}
