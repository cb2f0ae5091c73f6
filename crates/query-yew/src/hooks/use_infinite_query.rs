//! `use_infinite_query`: a list that grows page by page, at its end or at both.

use std::future::Future;
use std::rc::Rc;

use query_core::{Event, Failure, FetchKind, Pages, QueryKey, Value};
use yew::prelude::*;

use crate::fetcher::{Attempt, FetchContext, FetchRequest};
use crate::hooks::observation::use_observation;
use crate::query::Query;
use crate::result::QueryResult;

/// Finds the parameter of the page beyond the ones given.
type Beyond<P, T> = Rc<dyn Fn(&Pages<P, T>) -> Option<P>>;

/// The ends at which a list grows.
struct Ends<P, T> {
    next: Beyond<P, T>,
    previous: Option<Beyond<P, T>>,
    max_pages: usize,
}

impl<P, T> Clone for Ends<P, T> {
    fn clone(&self) -> Self {
        Self { next: Rc::clone(&self.next), previous: self.previous.clone(), max_pages: self.max_pages }
    }
}

/// Makes a query of what is known of the ends.
type Build<P, T, E> = Rc<dyn Fn(Ends<P, T>) -> Query<Pages<P, T>, E>>;

/// A change of the query's options.
type Change<P, T, E> = Rc<dyn Fn(Query<Pages<P, T>, E>) -> Query<Pages<P, T>, E>>;

/// A paged query. All its pages are one entry of the cache, with a [`Pages`] as data. A refetch brings them again one after
/// the other: each may decide which follows.
pub struct InfiniteQuery<P, T, E> {
    ends: Ends<P, T>,
    build: Build<P, T, E>,
    changes: Vec<Change<P, T, E>>,
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
        let fetch = Rc::new(fetch);
        let build = move |ends: Ends<P, T>| {
            let (fetch, first) = (Rc::clone(&fetch), first.clone());
            let fetcher = move |request: FetchRequest| -> Attempt {
                let (fetch, ends, first) = (Rc::clone(&fetch), ends.clone(), first.clone());
                Box::pin(async move {
                    let FetchRequest { context, kind, current } = request;
                    let old: Option<Rc<Pages<P, T>>> = current.and_then(|value| value.get());
                    let one = |param| fetch(context.clone(), param);
                    let pages = load(&one, &ends, first, kind, old.as_deref()).await;
                    pages.map(Value::new).map_err(Failure::new)
                })
            };
            Query::with_fetcher(key.clone(), Some(Rc::new(fetcher)))
        };
        let ends = Ends { next: Rc::new(next), previous: None, max_pages: usize::MAX };
        Self { ends, build: Rc::new(build), changes: Vec::new() }
    }

    /// Lets the list grow at its front as well: `previous` finds the parameter of the page before the ones given.
    #[must_use]
    pub fn previous(mut self, previous: impl Fn(&Pages<P, T>) -> Option<P> + 'static) -> Self {
        self.ends.previous = Some(Rc::new(previous));
        self
    }

    /// Keeps this many pages at most, and at least one: a further page at one end takes one away at the other.
    #[must_use]
    pub fn max_pages(mut self, max_pages: usize) -> Self {
        self.ends.max_pages = max_pages.max(1);
        self
    }

    /// Changes any option of the query: `.with(|query| query.stale_time(time).retries(1))`.
    #[must_use]
    pub fn with(mut self, change: impl Fn(Query<Pages<P, T>, E>) -> Query<Pages<P, T>, E> + 'static) -> Self {
        self.changes.push(Rc::new(change));
        self
    }

    /// As a plain query whose data are the pages, for instance to fetch it ahead.
    pub fn query(&self) -> Query<Pages<P, T>, E> {
        let query = (self.build)(self.ends.clone());
        self.changes.iter().fold(query, |query, change| change(query))
    }
}

/// Fetches one page more, or as many pages as there are, depending on `kind`.
async fn load<P, T, E, Fut>(
    fetch: &impl Fn(P) -> Fut,
    ends: &Ends<P, T>,
    first: P,
    kind: FetchKind,
    old: Option<&Pages<P, T>>,
) -> Result<Pages<P, T>, E>
where
    P: Clone + PartialEq,
    T: PartialEq,
    Fut: Future<Output = Result<T, E>>,
{
    let none = Pages::default();
    let (old, max) = (old.unwrap_or(&none), ends.max_pages);
    let beyond = match kind {
        FetchKind::Refresh => None,
        _ if old.is_empty() => None,
        FetchKind::More => Some((ends.next)(old)),
        FetchKind::Earlier => Some(ends.previous.as_ref().and_then(|previous| previous(old))),
    };
    if let Some(param) = beyond {
        let mut pages = old.clone();
        let Some(param) = param else { return Ok(pages) };
        let page = old.page(param.clone(), fetch(param).await?);
        match kind {
            FetchKind::Earlier => pages.push_front(page, max),
            _ => pages.push(page, max),
        }
        return Ok(pages);
    }
    let mut pages = Pages::default();
    let mut param = Some(old.first().map_or(first, |page| page.param.clone()));
    while pages.len() < old.len().clamp(1, max) {
        // The list may have become shorter since.
        let Some(wanted) = param else { break };
        pages.push(old.page(wanted.clone(), fetch(wanted).await?), max);
        param = (ends.next)(&pages);
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
    /// Whether there is a page before the ones shown.
    pub has_previous: bool,
    /// Whether the page after the ones shown is being fetched.
    pub fetching_next: bool,
    /// Whether the page before the ones shown is being fetched.
    pub fetching_previous: bool,
    /// Fetches the next page, after a refetch that may be under way. Makes no request when there is none.
    pub fetch_next: Callback<()>,
    /// Fetches the page before, likewise.
    pub fetch_previous: Callback<()>,
}

impl<P, T, E> Clone for InfiniteResult<P, T, E> {
    fn clone(&self) -> Self {
        Self {
            query: self.query.clone(),
            fetch_next: self.fetch_next.clone(),
            fetch_previous: self.fetch_previous.clone(),
            ..*self
        }
    }
}

impl<P, T, E> PartialEq for InfiniteResult<P, T, E> {
    fn eq(&self, other: &Self) -> bool {
        self.query == other.query
            && self.has_next == other.has_next
            && self.has_previous == other.has_previous
            && self.fetching_next == other.fetching_next
            && self.fetching_previous == other.fetching_previous
            && self.fetch_next == other.fetch_next
            && self.fetch_previous == other.fetch_previous
    }
}

/// Shows a paged query: the first page when mounted, one more with each `fetch_next` or `fetch_previous`.
#[hook]
pub fn use_infinite_query<P, T, E>(query: InfiniteQuery<P, T, E>) -> InfiniteResult<P, T, E>
where
    P: Clone + PartialEq + 'static,
    T: PartialEq + 'static,
    E: 'static,
{
    let update = use_force_update();
    let plain = query.query();
    let observed = use_observation(&plain.description, Rc::new(move |_| update.force_update()));
    let fetch_page = |kind| {
        let (client, key, plan) = (observed.client.clone(), plain.key().clone(), observed.plan);
        move |()| client.runtime().step(Event::FetchPage { key: key.clone(), kind, plan })
    };
    let deps = (observed.client.clone(), plain.key().clone(), observed.plan);
    let (next, previous) = (fetch_page(FetchKind::More), fetch_page(FetchKind::Earlier));
    let fetch_next = use_callback(deps.clone(), move |(), _| next(()));
    let fetch_previous = use_callback(deps, move |(), _| previous(()));
    let kind = observed.view.kind;
    let result: QueryResult<Pages<P, T>, E> = QueryResult::of(&observed.view, observed.refetch);
    let pages = result.data.as_deref().filter(|_| !result.placeholder);
    let has = |beyond: &Beyond<P, T>| pages.is_some_and(|pages| beyond(pages).is_some());
    InfiniteResult {
        has_next: has(&query.ends.next),
        has_previous: query.ends.previous.as_ref().is_some_and(has),
        fetching_next: result.fetching && kind == Some(FetchKind::More),
        fetching_previous: result.fetching && kind == Some(FetchKind::Earlier),
        fetch_next,
        fetch_previous,
        query: result,
    }
}
