//! Requests about todos.

use shared::{
    CreateTodoData, DeletedTodo, Target, Todo, TodoId, TodoPage, UpdateTodoData,
    endpoint::{CreateTodo, DeleteTodo, GetTodo, ListTodos, UpdateTodo},
};
use web_sys::AbortSignal;

use super::{
    client::{change, change_version, read, read_version, send_and_forget},
    error::ApiError,
    inlined::{forget_inlined, inlined_json},
    version::Version,
};
use crate::dom;

/// How many todos one answer holds: as many as a slow device takes apart without a pause that is felt.
const PART: u64 = 500;

/// All todos: the API neither searches nor sorts them, and the browser does so at once. Up to [`PART`] come in one answer, more
/// in several, which are asked for together.
pub(crate) async fn list(signal: &AbortSignal) -> Result<TodoPage, ApiError> {
    let first = part(0);
    let inlined = match inlined_json(&first.relative()) {
        Some(json) => {
            // The page is rendered first.
            dom::next_task().await;
            json.read()
        }
        None => None,
    };
    let mut page = match inlined {
        Some(page) => page,
        None => read::<ListTodos>(&first, signal).await?,
    };
    // From the next time on the newest are wanted, and not what came with the page.
    forget_inlined(&first.relative());
    let rest: Vec<_> =
        (1..page.total.div_ceil(PART)).map(|number| read::<ListTodos>(&part(number), signal)).collect();
    for part in rest {
        // The page can be used in between.
        dom::next_task().await;
        page.todos.append(&mut part.await?.todos);
    }
    Ok(page)
}

/// All todos, where the page came with all of them. The first of more are left to [`list`].
pub(crate) fn inlined_list() -> Option<TodoPage> {
    let first = part(0).relative();
    let json = inlined_json(&first)?;
    let number = |name| json.member(name).number();
    if number("limit")? < number("total")? {
        return None;
    }
    forget_inlined(&first);
    json.read()
}

/// Has the first of more todos than came with the page be read anew: they are as old as the page.
pub(crate) fn forget_inlined_list() {
    forget_inlined(&part(0).relative());
}

/// The address of one answer's share of the todos.
fn part(number: u64) -> Target {
    let target = Target::of::<ListTodos>().query("limit", PART);
    if number == 0 { target } else { target.query("skip", number * PART) }
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
