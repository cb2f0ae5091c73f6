//! News from the cache, for code that is no component: a log, a counter, the place where all errors are reported.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use query_core::{Change, QueryKey};

use crate::client::QueryClient;

type Subscriber = Rc<dyn Fn(&QueryKey, &Change)>;

/// Those who listen to all queries, each by a number.
#[derive(Default)]
pub(crate) struct Subscribers {
    all: RefCell<Vec<(u64, Subscriber)>>,
    last: RefCell<u64>,
}

impl Subscribers {
    pub(crate) fn tell(&self, key: &QueryKey, change: &Change) {
        // Not under the borrow: subscribers are code of the application, which may subscribe.
        let all: Vec<Subscriber> = self.all.borrow().iter().map(|(_, told)| Rc::clone(told)).collect();
        for told in all {
            told(key, change);
        }
    }
}

/// Listens until it is dropped.
#[must_use = "it listens until it is dropped"]
pub struct Subscription {
    client: QueryClient,
    id: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let runtime = self.client.runtime();
        let mut all = runtime.subscribers.all.borrow_mut();
        let removed: Vec<_> = all.extract_if(.., |(id, _)| *id == self.id).collect();
        let watched = !all.is_empty();
        drop(all);
        runtime.with_cache(|cache| cache.watch(watched));
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
        let id = {
            let mut last = runtime.subscribers.last.borrow_mut();
            *last += 1;
            *last
        };
        runtime.subscribers.all.borrow_mut().push((id, Rc::new(told)));
        runtime.with_cache(|cache| cache.watch(true));
        Subscription { client: self.clone(), id }
    }
}
