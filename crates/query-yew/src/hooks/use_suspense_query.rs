//! `use_suspense_query`: data that is there, or the page waits for it.

use std::rc::Rc;

use wasm_bindgen::throw_str;
use yew::prelude::*;
use yew::suspense::{Suspension, SuspensionHandle, SuspensionResult};

use crate::boundary::Boundary;
use crate::hooks::use_query::use_query;
use crate::query::Query;
use crate::result::QueryResult;

/// A query that has data.
#[derive(Debug)]
pub struct Loaded<T, E> {
    /// The data.
    pub data: Rc<T>,
    /// Everything that a plain query says, such as an error of a later fetch.
    pub query: QueryResult<T, E>,
}

impl<T, E> Clone for Loaded<T, E> {
    fn clone(&self) -> Self {
        Self { data: Rc::clone(&self.data), query: self.query.clone() }
    }
}

impl<T, E> PartialEq for Loaded<T, E> {
    fn eq(&self, other: &Self) -> bool {
        self.query == other.query
    }
}

/// Shows a query that has data. Until then the nearest [`QueryBoundary`](crate::QueryBoundary) shows something else, and it
/// also shows the failure of a query that never had any. The query must be enabled: nothing else would end the wait.
///
/// # Errors
/// While there is no data; hand it on by `?`.
///
/// Throws where there is no boundary above: nobody would see a failure.
#[hook]
pub fn use_suspense_query<T, E>(query: Query<T, E>) -> SuspensionResult<Loaded<T, E>>
where
    T: PartialEq + 'static,
    E: 'static,
{
    let boundary = use_context::<Boundary>()
        .unwrap_or_else(|| throw_str("use_suspense_query was used outside of <QueryBoundary>"));
    let waiting = use_mut_ref(|| None::<(Suspension, SuspensionHandle)>);
    let key = query.key().clone();
    let client = crate::hooks::use_query_client::use_query_client();
    // Whoever shows the page again wants what failed to be tried again.
    let result = use_query(query.retry_on_mount(true));
    if let Some(data) = result.data.clone() {
        if let Some((_, handle)) = waiting.take() {
            handle.resume();
        }
        return Ok(Loaded { data, query: result });
    }
    if result.is_error() && !result.fetching {
        let error = client.runtime().with_cache(|cache| cache.error(&key).cloned());
        boundary.report(key, error);
    }
    if !result.is_error() && !result.fetching && !result.paused {
        // It was cancelled or forgotten: nothing else would end the wait.
        result.refetch();
    }
    let mut waiting = waiting.borrow_mut();
    let (suspension, _) = waiting.get_or_insert_with(Suspension::new);
    Err(suspension.clone())
}
