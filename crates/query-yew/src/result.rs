//! The result of a query for a component.

use std::rc::Rc;

use query_core::{FetchStatus, Kind, Moment, TypeConflict, View};
use yew::Callback;

/// A query as a component sees it in this render.
#[derive(Debug)]
pub struct QueryResult<T, E> {
    /// The data or its placeholder. Equal data keeps its reference from one fetch to the next.
    pub data: Option<Rc<T>>,
    /// The error of the last fetch that failed for good. There may be older data beside it.
    pub error: Option<Rc<E>>,
    /// Whether a fetch is under way, including the waits between its attempts.
    pub fetching: bool,
    /// Whether a fetch is wanted and waits for the network.
    pub paused: bool,
    /// Whether the server asked to wait before the next attempt, which then is made by itself.
    pub held_off: bool,
    /// Whether the data is older than its stale time, or was invalidated.
    pub stale: bool,
    /// Whether `data` is a placeholder, or belongs to the previous key.
    pub placeholder: bool,
    /// Failed attempts of the current or last fetch.
    pub failures: u32,
    /// When the data was true. As of the last render: a refetch that changed nothing renders nothing.
    pub updated_at: Option<Moment>,
    /// Another component has put data, or left an error, of a different type under the same key.
    pub conflict: Option<TypeConflict>,
    /// Fetches now, fresh or not. The same callback as long as the key is the same.
    pub refetch: Callback<()>,
}

impl<T: 'static, E: 'static> QueryResult<T, E> {
    pub(crate) fn of(view: &View, refetch: Callback<()>) -> Self {
        Self {
            data: view.data.as_ref().and_then(|value| value.get()),
            error: view.error.as_ref().and_then(|value| value.get()),
            fetching: matches!(view.fetch, FetchStatus::Fetching | FetchStatus::Waiting),
            paused: view.fetch == FetchStatus::Paused,
            held_off: view.held_off,
            stale: view.stale,
            placeholder: view.placeholder,
            failures: view.failures,
            updated_at: view.updated_at,
            conflict: view.conflict.or_else(|| error_conflict::<E>(view)),
            refetch,
        }
    }
}

impl<T, E> Clone for QueryResult<T, E> {
    fn clone(&self) -> Self {
        Self { data: self.data.clone(), error: self.error.clone(), refetch: self.refetch.clone(), ..*self }
    }
}

/// Data and errors by reference: the cache keeps the reference of equal data.
impl<T, E> PartialEq for QueryResult<T, E> {
    fn eq(&self, other: &Self) -> bool {
        same(self.data.as_ref(), other.data.as_ref())
            && same(self.error.as_ref(), other.error.as_ref())
            && self.fetching == other.fetching
            && self.paused == other.paused
            && self.held_off == other.held_off
            && self.stale == other.stale
            && self.placeholder == other.placeholder
            && self.failures == other.failures
            && self.updated_at == other.updated_at
            && self.conflict == other.conflict
            && self.refetch == other.refetch
    }
}

/// The conflict of an error that another component's fetch has left.
fn error_conflict<E: 'static>(view: &View) -> Option<TypeConflict> {
    let (held, wanted) = (view.error.as_ref()?.kind(), Kind::of::<E>());
    (held != wanted).then_some(TypeConflict { held, wanted })
}

fn same<T>(left: Option<&Rc<T>>, right: Option<&Rc<T>>) -> bool {
    left.map(Rc::as_ptr) == right.map(Rc::as_ptr)
}

impl<T, E> QueryResult<T, E> {
    /// Nothing to show yet, and the first fetch is under way or waits for the network.
    pub fn is_loading(&self) -> bool {
        self.data.is_none() && (self.fetching || self.paused)
    }

    /// The last fetch failed for good, or two types met under the key.
    pub fn is_error(&self) -> bool {
        self.error.is_some() || self.conflict.is_some()
    }

    /// Fetches now, fresh or not.
    pub fn refetch(&self) {
        self.refetch.emit(());
    }
}
