//! Requests about todos.

use shared::{
    CreateTodoData, DeletedTodo, Target, Todo, TodoId, TodoPage, UpdateTodoData,
    endpoint::{CreateTodo, DeleteTodo, GetTodo, ListTodos, UpdateTodo},
};
use web_sys::AbortSignal;

use super::{
    client::{change, change_version, read, read_version, send_and_forget},
    error::ApiError,
    version::Version,
};

/// All todos: they are few enough to page, search and count in the browser, which makes one request of many.
pub(crate) async fn list(signal: &AbortSignal) -> Result<TodoPage, ApiError> {
    read::<ListTodos>(&Target::of::<ListTodos>().query("limit", 0), signal).await
}

/// One todo.
pub(crate) async fn get(id: TodoId, signal: &AbortSignal) -> Result<Todo, ApiError> {
    read::<GetTodo>(&Target::of::<GetTodo>().param("id", id), signal).await
}

/// A new todo, answered with its id.
pub(crate) async fn create(data: &CreateTodoData) -> Result<Todo, ApiError> {
    change::<CreateTodo>(&Target::of::<CreateTodo>(), Some(data)).await
}

/// One todo in its newest version.
pub(crate) async fn get_version(id: TodoId) -> Result<Version<Todo>, ApiError> {
    read_version::<GetTodo>(&Target::of::<GetTodo>().param("id", id)).await
}

/// Changes the fields in `data`, in the version that `if_match` names, or in any.
pub(crate) async fn update(
    id: TodoId,
    data: &UpdateTodoData,
    if_match: Option<&str>,
) -> Result<Todo, ApiError> {
    let target = Target::of::<UpdateTodo>().param("id", id);
    match if_match {
        Some(tag) => change_version::<UpdateTodo>(&target, data, tag).await,
        None => change::<UpdateTodo>(&target, Some(data)).await,
    }
}

/// Removes a todo.
pub(crate) async fn delete(id: TodoId) -> Result<DeletedTodo, ApiError> {
    change::<DeleteTodo>(&Target::of::<DeleteTodo>().param("id", id), None).await
}

/// Removes a todo while the page goes away; the browser finishes the request without it.
pub(crate) fn delete_on_leave(id: TodoId) {
    send_and_forget::<DeleteTodo>(&Target::of::<DeleteTodo>().param("id", id));
}
