//! Requests about todos.

use shared::{
    CreateTodoData, DeletedTodo, Target, Todo, TodoId, TodoPage, UpdateTodoData,
    endpoint::{CreateTodo, DeleteTodo, GetTodo, ListTodos, UpdateTodo},
};
use web_sys::AbortSignal;

use super::{
    client::{change, read, send_and_forget},
    error::ApiError,
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

/// Changes the fields in `data`.
pub(crate) async fn update(id: TodoId, data: &UpdateTodoData) -> Result<Todo, ApiError> {
    change::<UpdateTodo>(&Target::of::<UpdateTodo>().param("id", id), Some(data)).await
}

/// Removes a todo.
pub(crate) async fn delete(id: TodoId) -> Result<DeletedTodo, ApiError> {
    change::<DeleteTodo>(&Target::of::<DeleteTodo>().param("id", id), None).await
}

/// Removes a todo while the page goes away; the browser finishes the request without it.
pub(crate) fn delete_on_leave(id: TodoId) {
    send_and_forget::<DeleteTodo>(&Target::of::<DeleteTodo>().param("id", id));
}
