//! `use_infinite_query`: a list that grows page by page.

use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use query_core::{Failure, FetchKind, Pages, QueryKey, Value};
use yew::prelude::*;

use crate::fetcher::{Attempt, FetchContext, FetchRequest};
use crate::observation::use_observation;
use crate::query::Query;
use crate::result::QueryResult;

type Next<P, T> = Rc<dyn Fn(&Pages<P, T>) -> Option<P>>;

/// A paged query. All its pages are one entry of the cache, with a [`Pages`] as data: a refetch brings every page
/// again, one after the other, since each may decide which one follows.
pub struct InfiniteQuery<P, T, E> {
    query: Query<Pages<P, T>, E>,
    next: Next<P, T>,
}

impl<P, T, E> InfiniteQuery<P, T, E>
where
    P: Clone + PartialEq + 'static,
    T: PartialEq + 'static,
    E: 'static,
{
    /// `first` is the parameter of the first page; `next` finds the parameter of the page after the ones given, or
    /// `None` when they are all.
    pub fn new<F, Fut, N>(key: QueryKey, first: P, fetch: F, next: N) -> Self
    where
        F: Fn(FetchContext, P) -> Fut + 'static,
        Fut: Future<Output = Result<T, E>> + 'static,
        N: Fn(&Pages<P, T>) -> Option<P> + 'static,
    {
        let next: Next<P, T> = Rc::new(next);
        let fetch = Rc::new(fetch);
        let fetcher = {
            let next = Rc::clone(&next);
            move |request: FetchRequest| -> Attempt {
                let (fetch, next, first) = (Rc::clone(&fetch), Rc::clone(&next), first.clone());
                Box::pin(async move {
                    let FetchRequest { context, kind, current } = request;
                    let old: Option<Rc<Pages<P, T>>> = current.and_then(|value| value.get());
                    let one = |param| fetch(context.clone(), param);
                    let pages = load(&one, &*next, first, kind, old.as_deref()).await;
                    pages.map(Value::new).map_err(Failure::new)
                })
            }
        };
        Self { query: Query::with_fetcher(key, Rc::new(fetcher)), next }
    }

    /// See [`Query::enabled`].
    #[must_use]
    pub fn enabled(self, enabled: bool) -> Self {
        Self { query: self.query.enabled(enabled), ..self }
    }

    /// See [`Query::stale_time`].
    #[must_use]
    pub fn stale_time(self, time: Duration) -> Self {
        Self { query: self.query.stale_time(time), ..self }
    }

    /// See [`Query::retries`].
    #[must_use]
    pub fn retries(self, retries: u32) -> Self {
        Self { query: self.query.retries(retries), ..self }
    }

    /// See [`Query::keep_previous_data`].
    #[must_use]
    pub fn keep_previous_data(self, keep: bool) -> Self {
        Self { query: self.query.keep_previous_data(keep), ..self }
    }
}

/// Fetches one page more, or as many pages as there are, depending on `kind`.
async fn load<P, T, E, Fut>(
    fetch: &impl Fn(P) -> Fut,
    next: &dyn Fn(&Pages<P, T>) -> Option<P>,
    first: P,
    kind: FetchKind,
    old: Option<&Pages<P, T>>,
) -> Result<Pages<P, T>, E>
where
    P: Clone + PartialEq,
    T: PartialEq,
    Fut: Future<Output = Result<T, E>>,
{
    let (mut pages, wanted) = match (kind, old) {
        (FetchKind::More, Some(old)) => (old.clone(), old.len() + 1),
        (_, old) => (Pages::default(), old.map_or(1, |old| old.len().max(1))),
    };
    while pages.len() < wanted {
        let param = if pages.is_empty() { Some(first.clone()) } else { next(&pages) };
        // The list may have become shorter since.
        let Some(param) = param else { break };
        let data = fetch(param.clone()).await?;
        pages.push(param, data, old);
    }
    Ok(pages)
}

/// A paged query as a component sees it in this render.
#[derive(Debug)]
pub struct InfiniteResult<P, T, E> {
    /// The pages, and everything a plain query says.
    pub query: QueryResult<Pages<P, T>, E>,
    /// Whether there is a page after the ones shown.
    pub has_next: bool,
    /// Whether that page is being fetched.
    pub fetching_next: bool,
    /// Fetches the next page, after a refetch that may be under way. Makes no request when there is none.
    pub fetch_next: Callback<()>,
}

impl<P, T, E> Clone for InfiniteResult<P, T, E> {
    fn clone(&self) -> Self {
        Self { query: self.query.clone(), fetch_next: self.fetch_next.clone(), ..*self }
    }
}

impl<P, T, E> PartialEq for InfiniteResult<P, T, E> {
    fn eq(&self, other: &Self) -> bool {
        self.query == other.query
            && self.has_next == other.has_next
            && self.fetching_next == other.fetching_next
            && self.fetch_next == other.fetch_next
    }
}

/// Shows a paged query: the first page when mounted, one more with each `fetch_next`.
#[hook]
pub fn use_infinite_query<P, T, E>(query: InfiniteQuery<P, T, E>) -> InfiniteResult<P, T, E>
where
    P: Clone + PartialEq + 'static,
    T: PartialEq + 'static,
    E: 'static,
{
    let update = use_force_update();
    let observed = use_observation(&query.query.description, Rc::new(move |_| update.force_update()));
    let result: QueryResult<Pages<P, T>, E> = QueryResult::of(&observed.view, observed.refetch);
    let has_next = result.data.as_deref().is_some_and(|pages| (query.next)(pages).is_some());
    InfiniteResult {
        has_next: has_next && !result.placeholder,
        fetching_next: result.fetching && observed.view.kind == Some(FetchKind::More),
        fetch_next: observed.fetch_more,
        query: result,
    }
}
