//! Requests about todos.

use shared::{
    CreateTodoData, DeletedTodo, Target, Todo, TodoId, TodoPage, UpdateTodoData,
    endpoint::{CreateTodo, DeleteTodo, GetTodo, ListTodos, UpdateTodo},
};
use web_sys::AbortSignal;

use super::{
    client::{call, send_and_forget},
    error::ApiError,
};

/// All todos: they are few enough to page, search and count in the browser, which makes one request of many.
pub(crate) async fn list(signal: &AbortSignal) -> Result<TodoPage, ApiError> {
    call::<ListTodos>(&Target::of::<ListTodos>().query("limit", 0), None, Some(signal)).await
}

/// One todo.
pub(crate) async fn get(id: TodoId, signal: &AbortSignal) -> Result<Todo, ApiError> {
    call::<GetTodo>(&Target::of::<GetTodo>().param("id", id), None, Some(signal)).await
}

/// A new todo, answered with its id.
pub(crate) async fn create(data: &CreateTodoData) -> Result<Todo, ApiError> {
    call::<CreateTodo>(&Target::of::<CreateTodo>(), Some(data), None).await
}

/// Changes what `data` names.
pub(crate) async fn update(id: TodoId, data: &UpdateTodoData) -> Result<Todo, ApiError> {
    call::<UpdateTodo>(&Target::of::<UpdateTodo>().param("id", id), Some(data), None).await
}

/// Removes a todo.
pub(crate) async fn delete(id: TodoId) -> Result<DeletedTodo, ApiError> {
    call::<DeleteTodo>(&Target::of::<DeleteTodo>().param("id", id), None, None).await
}

/// Removes a todo while the page goes away; the browser finishes the request without it.
pub(crate) fn delete_on_leave(id: TodoId) {
    send_and_forget::<DeleteTodo>(&Target::of::<DeleteTodo>().param("id", id));
}
