//! The pages, one per [`Route`](crate::route::Route).

mod history;
mod not_found;
mod overview;
mod sessions;
mod sign_in;
mod todo;
mod todos;

pub(crate) use history::HistoryPage;
pub(crate) use not_found::NotFound;
pub(crate) use overview::OverviewPage;
pub(crate) use sessions::SessionsPage;
pub(crate) use sign_in::SignInPage;
pub(crate) use todo::TodoPage;
pub(crate) use todos::{BulkBar, SavedViews, TodosPage};

use query_yew::QueryResult;

use crate::{api::ApiError, app_context::Fault, components::notice::Staleness};

/// The fault of a section whose query has neither data nor a chance to get it.
fn fault_of<T>(query: &QueryResult<T, ApiError>) -> Option<Fault> {
    let error = match &query.error {
        _ if query.data.is_some() => None,
        _ if query.paused => Some(ApiError::Offline),
        Some(_) if query.fetching => None,
        error => error.as_deref().cloned(),
    };
    error.map(|error| Fault { error, retry: query.refetch.clone() })
}

/// The staleness of a section that has data whose last fetch failed, or has to wait.
fn staleness_of<T>(query: &QueryResult<T, ApiError>) -> Staleness {
    let error = match &query.error {
        _ if query.paused => Some(ApiError::Offline),
        error => error.as_deref().cloned(),
    };
    let has_data = query.data.is_some();
    Staleness {
        held_off: query.held_off && has_data,
        error: error.filter(|_| has_data),
        retry: query.refetch.clone(),
    }
}
