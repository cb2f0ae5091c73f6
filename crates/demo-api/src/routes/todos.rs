//! `/todos`.

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

use super::call::Call;
use crate::conditional::{IfMatch, strong_etag};
use crate::document::Document;
use crate::error::ApiError;
use crate::javascript;
use crate::reply::{JSON, Reply};
use crate::store::{Changed, Todo, TodoChange};

/// The most todos that `/todos/random/{count}` draws.
const RANDOM_MAX: i64 = 10;

#[derive(Serialize)]
struct List<T> {
    todos: Vec<T>,
    total: i64,
    skip: u64,
    /// The number returned, not the number asked for.
    limit: usize,
}

pub(super) async fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let page = call.state.store.todos(None, call.query.limit, call.query.skip).await?;
    let limit = page.todos.len();
    Reply::json(&List { todos: page.todos, total: page.total, skip: call.query.skip, limit })
}

pub(super) async fn of_user(call: &Call<'_>, id: String) -> Result<Reply, ApiError> {
    let user = call.state.users.verify(Some(&Value::String(id)))?;
    let page = call.state.store.todos(Some(user.id), call.query.limit, call.query.skip).await?;
    let (total, skip, limit) = (page.total, call.query.skip, page.todos.len());
    match &call.query.select {
        None => Reply::json(&List { todos: page.todos, total, skip, limit }),
        Some(names) => {
            let select = |todo| Ok(document(todo)?.select(names));
            let todos = page.todos.iter().map(select).collect::<Result<Vec<_>, ApiError>>()?;
            Reply::json(&List { todos, total, skip, limit })
        }
    }
}

pub(super) async fn random(call: &Call<'_>) -> Result<Reply, ApiError> {
    let drawn = call.state.store.random_todos(1).await?.pop();
    Reply::json(&drawn.ok_or_else(|| ApiError::TodoNotFound("random".to_owned()))?)
}

pub(super) async fn random_list(call: &Call<'_>, count: String) -> Result<Reply, ApiError> {
    let count = count.parse().ok().filter(|count| (1..=RANDOM_MAX).contains(count));
    Reply::json(&call.state.store.random_todos(count.ok_or(ApiError::InvalidRandomLength)?).await?)
}

/// The stream of what happens to todos.
pub(super) fn events(call: &Call<'_>) -> Reply {
    let last = call.head.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    Reply::events(call.state.events.read(last, call.state.in_flight.enter()))
}

pub(super) async fn show(call: &Call<'_>, id: String) -> Result<Reply, ApiError> {
    let found = match todo_id(&id) {
        Some(number) => call.state.store.todo(number).await?,
        None => None,
    };
    one(call, StatusCode::OK, &found.ok_or(ApiError::TodoNotFound(id))?)
}

pub(super) async fn add(call: &Call<'_>) -> Result<Reply, ApiError> {
    let user = call.state.users.verify(call.body.get("userId"))?;
    let todo = Todo {
        id: 0,
        todo: call.body.get("todo").map(text).unwrap_or_default(),
        completed: call.body.get("completed").is_some_and(javascript::truthy),
        user_id: user.id,
    };
    let added = call.state.store.add_todo(todo, call.state.simulate).await?;
    tell(call, "created", &added);
    one(call, StatusCode::CREATED, &added)
}

pub(super) async fn update(call: &Call<'_>, id: String) -> Result<Reply, ApiError> {
    // An `id` in the body wins over the one in the path. The service does this, and its clients must know.
    let id = call.body.get("id").map(javascript::string).unwrap_or(id);
    let outcome = match todo_id(&id) {
        Some(number) => {
            let (change, simulate) = (change(&call.body), call.state.simulate);
            call.state.store.update_todo(number, change, condition(call), simulate).await?
        }
        None => Changed::Missing,
    };
    let updated = made(outcome, id)?;
    tell(call, "updated", &updated);
    one(call, StatusCode::OK, &updated)
}

pub(super) async fn delete(call: &Call<'_>, id: String) -> Result<Reply, ApiError> {
    let outcome = match todo_id(&id) {
        Some(number) => call.state.store.delete_todo(number, condition(call), call.state.simulate).await?,
        None => Changed::Missing,
    };
    let deleted = made(outcome, id)?;
    tell(call, "deleted", &deleted);
    Reply::json(&deleted)
}

/// The answer with one todo. Its tag names it in the conditions of changes, where changes are stored.
fn one(call: &Call<'_>, status: StatusCode, todo: &Todo) -> Result<Reply, ApiError> {
    let reply = Reply::json_as(status, JSON, todo)?;
    Ok(if call.state.simulate { reply } else { reply.tagged_strongly() })
}

/// The condition under which a request changes a todo. The service knows none.
fn condition(call: &Call<'_>) -> impl FnOnce(&Todo) -> bool + Send + use<> {
    let condition = IfMatch::of(call.head.headers()).filter(|_| !call.state.simulate);
    move |todo| {
        let Some(condition) = condition else { return true };
        serde_json::to_vec(todo).is_ok_and(|body| condition.names(&strong_etag(&body)))
    }
}

/// The todo of a change that was made.
fn made<T>(outcome: Changed<T>, id: String) -> Result<T, ApiError> {
    match outcome {
        Changed::Made(todo) => Ok(todo),
        Changed::Refused => Err(ApiError::TodoHasChanged(id)),
        Changed::Missing => Err(ApiError::TodoNotFound(id)),
    }
}

/// Tells the readers of events what has happened. Where nothing is stored, nothing has.
fn tell(call: &Call<'_>, name: &str, todo: &impl Serialize) {
    if !call.state.simulate {
        call.state.events.tell(name, todo);
    }
}

/// The number in `id`, if it is written the one way an id is: `01` and `1.0` name no todo.
fn todo_id(id: &str) -> Option<i64> {
    id.parse().ok().filter(|number: &i64| number.to_string() == id)
}

/// The change that a body asks for. An empty text and a user 0 count as absent, any `completed` counts.
fn change(body: &Map<String, Value>) -> TodoChange {
    let truthy = |name| body.get(name).filter(|value| javascript::truthy(value));
    TodoChange {
        todo: truthy("todo").map(text),
        completed: body.get("completed").map(javascript::truthy),
        user_id: truthy("userId").and_then(|value| javascript::string(value).parse().ok()).filter(is_user_id),
    }
}

/// The service does not check here that there is such a user, and neither does this; but it has to be an id
/// that a client can read.
fn is_user_id(id: &i64) -> bool {
    (1..=javascript::MAX_SAFE_INTEGER as i64).contains(id)
}

fn text(value: &Value) -> String {
    if value.is_null() { String::new() } else { javascript::string(value) }
}

fn document(todo: &Todo) -> Result<Document, ApiError> {
    let mut document = Document::default();
    document.push("id", &todo.id)?;
    document.push("todo", &todo.todo)?;
    document.push("completed", &todo.completed)?;
    document.push("userId", &todo.user_id)?;
    Ok(document)
}
