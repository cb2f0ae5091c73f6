//! The pages, one per [`Route`](crate::route::Route).

mod not_found;
mod overview;
mod sessions;
mod sign_in;
mod todo;
mod todos;

pub(crate) use not_found::not_found;
pub(crate) use overview::overview_page;
pub(crate) use sessions::sessions_page;
pub(crate) use sign_in::sign_in_page;
pub(crate) use todo::todo_page;
pub(crate) use todos::todos_page;

use yew::Callback;
use yew_query::QueryResult;

use crate::{api::ApiError, components::boundary::Fault};

/// What keeps a section from being shown: the query has neither data nor a chance to get it.
fn fault_of<T>(query: &QueryResult<T, ApiError>) -> Option<Fault> {
    let error = match &query.error {
        _ if query.data.is_some() => None,
        _ if query.paused => Some(ApiError::Offline),
        Some(_) if query.fetching => None,
        error => error.clone(),
    };
    error.map(|error| Fault { error, retry: query.refetch.clone() })
}

/// Why what is shown may be old: there is data, but the last fetch failed.
fn staleness_of<T>(query: &QueryResult<T, ApiError>) -> (Option<ApiError>, Callback<()>) {
    let error = match &query.error {
        _ if query.paused => Some(ApiError::Offline),
        error => error.clone(),
    };
    (error.filter(|_| query.data.is_some()), query.refetch.clone())
}
