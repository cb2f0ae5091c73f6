//! The list of routes.

mod auth;
mod call;
mod probe;
mod todos;
mod users;

use crate::error::ApiError;
use crate::path::Path;
use crate::reply::Reply;

pub(crate) use call::Call;

/// Answers a request that may be about logins, or hidden behind one.
pub(crate) async fn route(call: &Call<'_>) -> Result<Reply, ApiError> {
    match (call.method.as_str(), call.path.segments().as_slice()) {
        ("POST", ["auth", "login"]) => auth::login(call),
        ("POST", ["auth", "refresh"]) => auth::refresh(call),
        (_, ["auth", ..]) => Ok(match auth::user(call) {
            Ok(user) => protected(call, user).await.unwrap_or_else(|err| Reply::error(&err)),
            Err(err) => auth::refused(&err),
        }),
        _ => open(call, &call.path).await,
    }
}

/// The routes behind a token: the login's own, and every open one again.
async fn protected(call: &Call<'_>, user: &crate::users::User) -> Result<Reply, ApiError> {
    match (call.method.as_str(), call.path.segments().as_slice()) {
        ("GET", ["auth", "me"]) => auth::me(user),
        ("POST", ["auth", "logout"]) => auth::logout(),
        _ => open(call, &call.path.rest()).await,
    }
}

/// The routes that need no token. Whatever is not listed is 404; the service knows no 405.
async fn open(call: &Call<'_>, path: &Path<'_>) -> Result<Reply, ApiError> {
    match (call.method.as_str(), path.segments().as_slice()) {
        ("GET", ["todos" | "todo"]) => todos::list(call).await,
        ("GET", ["todos" | "todo", "random"]) => todos::random(call).await,
        ("GET", ["todos" | "todo", "random", _]) => todos::random_list(call, path.param(2)?).await,
        ("GET", ["todos" | "todo", "events"]) => Ok(todos::events(call)),
        ("GET", ["todos" | "todo", "user", _]) => todos::of_user(call, path.param(2)?).await,
        ("POST", ["todos" | "todo", "add"]) => todos::add(call).await,
        ("GET", ["todos" | "todo", id]) if !id.is_empty() => todos::show(call, path.param(1)?).await,
        ("PUT" | "PATCH", ["todos" | "todo", id]) if !id.is_empty() => {
            todos::update(call, path.param(1)?).await
        }
        ("DELETE", ["todos" | "todo", id]) if !id.is_empty() => todos::delete(call, path.param(1)?).await,

        ("GET", ["users" | "user"]) => users::list(call),
        ("GET", ["users" | "user", id]) if !id.is_empty() => users::show(call, path.param(1)?),

        (_, ["test"]) => probe::test(call),
        (_, ["http", _]) => probe::status(path.param(1)?),
        _ => Ok(Reply::not_found()),
    }
}
