//! Queries for code that awaits them: a router's loader, an event handler, a test.

use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use query_core::{Options, QueryKey, Refetch};

use crate::client::QueryClient;
use crate::fault::Fault;
use crate::query::{Description, Query};

impl QueryClient {
    /// Fetches a query unless it is fresh, and gives its data. The fetch begins at once, and goes on when the future is
    /// dropped. Also where the query is disabled. Without a network it waits until that is back.
    pub fn fetch<T, E>(&self, query: Query<T, E>) -> impl Future<Output = Result<Rc<T>, Fault<E>>> + use<T, E>
    where
        T: PartialEq + 'static,
        E: 'static,
    {
        let key = query.description.key.clone();
        self.begin(query.description);
        let client = self.clone();
        let is_fetched = !self.runtime().with_cache(|cache| cache.is_settled(&key));
        async move {
            poll_fn(|cx| client.poll_settled(&key, cx)).await;
            client.outcome(&key, is_fetched)
        }
    }

    /// The data of a query as the cache has it, fresh or not; only where there is none is it fetched.
    pub fn ensure<T, E>(
        &self,
        query: Query<T, E>,
    ) -> impl Future<Output = Result<Rc<T>, Fault<E>>> + use<T, E>
    where
        T: PartialEq + 'static,
        E: 'static,
    {
        let held = self.get_data::<T>(query.key());
        let fetched = held.is_none().then(|| self.fetch(query));
        async move {
            match (held, fetched) {
                (Some(data), _) => Ok(data),
                (None, Some(fetched)) => fetched.await,
                (None, None) => Err(Fault::Cancelled),
            }
        }
    }

    /// Fetches a query ahead of its first observer, unless it is fresh. May be awaited, and need not.
    pub fn prefetch<T: PartialEq + 'static, E: 'static>(&self, query: Query<T, E>) -> Prefetch {
        let key = query.description.key.clone();
        self.begin(query.description);
        Prefetch { client: self.clone(), key }
    }

    fn begin(&self, description: Description) {
        let runtime = self.runtime();
        // One that cannot be fetched, or is of another type than the cache has, gives what there is.
        let Some(fetcher) = description.fetcher.clone() else { return };
        let key = &description.key;
        if runtime.with_cache(|cache| cache.conflict(key, description.kind)).is_some() {
            return;
        }
        let mut options: Options = description.options(runtime);
        options.enabled = true;
        options.retry_on_mount = true;
        options.refetch_on_mount = Refetch::Stale;
        runtime.set_fetcher(key.clone(), fetcher);
        runtime.command(|cache, now| cache.prefetch(now, key, &options));
    }

    fn poll_settled(&self, key: &QueryKey, cx: &Context<'_>) -> Poll<()> {
        if self.runtime().with_cache(|cache| cache.is_settled(key)) {
            return Poll::Ready(());
        }
        self.runtime().wake_when_settled(key.clone(), cx.waker().clone());
        Poll::Pending
    }

    /// What the cache has of a key. An error counts where it is that of the fetch, and where there is nothing else.
    fn outcome<T: 'static, E: 'static>(&self, key: &QueryKey, is_fetched: bool) -> Result<Rc<T>, Fault<E>> {
        let (data, error) =
            self.runtime().with_cache(|cache| (cache.data(key).cloned(), cache.error(key).cloned()));
        let counts = is_fetched || data.is_none();
        if let Some(err) = error.filter(|_| counts).and_then(|error| error.get()) {
            return Err(Fault::Failed(err));
        }
        let Some(data) = data else { return Err(Fault::Cancelled) };
        data.get().ok_or_else(|| Fault::OtherType(data.kind().name()))
    }
}

/// A fetch ahead of its first observer. It goes on whether it is awaited or not.
#[derive(Debug)]
pub struct Prefetch {
    client: QueryClient,
    key: QueryKey,
}

impl IntoFuture for Prefetch {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { poll_fn(|cx| self.client.poll_settled(&self.key, cx)).await })
    }
}
