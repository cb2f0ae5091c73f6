//! All todos.

use query_yew::{Query, QueryResult, use_query};
use shared::TodoPage;
use yew::prelude::*;

use super::todos_key;
use crate::api::{self, ApiError};

/// All todos, in one request that every list and number shares.
#[hook]
pub(crate) fn use_todos() -> QueryResult<TodoPage, ApiError> {
    use_query(Query::new(todos_key(), |cx| async move { api::todos::list(&cx.signal).await }))
}
