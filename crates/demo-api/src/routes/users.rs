//! `/users`: their public fields.

use serde::Serialize;
use serde_json::Value;

use super::call::Call;
use crate::document::Document;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::users::User;

#[derive(Serialize)]
struct List {
    users: Vec<Document>,
    total: usize,
    skip: u64,
    /// The number returned, not the number asked for.
    limit: usize,
}

pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let all = call.state.users.all();
    // A number that does not fit a length is past every end.
    let skip = usize::try_from(call.query.skip).unwrap_or(usize::MAX);
    let limit = match call.query.limit {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let users: Vec<_> = all.iter().skip(skip).take(limit).map(|user| visible(call, user)).collect();
    let limit = users.len();
    Reply::json(&List { users, total: all.len(), skip: call.query.skip, limit })
}

pub(super) fn show(call: &Call<'_>, id: String) -> Result<Reply, ApiError> {
    Reply::json(&visible(call, call.state.users.verify(Some(&Value::String(id)))?))
}

fn visible(call: &Call<'_>, user: &User) -> Document {
    match &call.query.select {
        Some(names) => user.public.select(names),
        None => user.public.clone(),
    }
}
