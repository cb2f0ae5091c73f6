//! One todo.

use query_yew::{Query, QueryResult, use_query, use_query_client};
use shared::{Todo, TodoId, TodoPage};
use yew::prelude::*;

use super::{todo_key, todos_key};
use crate::api::{self, ApiError};

/// The todo with this id; nothing is asked while there is none. If the list knows the todo it is shown at once,
/// while its own request is under way.
#[hook]
pub(crate) fn use_todo(id: Option<TodoId>) -> QueryResult<Todo, ApiError> {
    let client = use_query_client();
    let wanted = id.unwrap_or_default();
    let query =
        Query::new(todo_key(wanted), move |cx| async move { api::todos::get(wanted, &cx.signal).await });
    let listed = client
        .get_data::<TodoPage>(&todos_key())
        .and_then(|page| page.todos.iter().find(|todo| todo.id == wanted).cloned());
    use_query(
        match listed {
            Some(todo) => query.placeholder(todo),
            None => query,
        }
        .enabled(id.is_some()),
    )
}
