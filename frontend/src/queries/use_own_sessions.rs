//! The person's own sessions.

use query_yew::{Query, QueryResult, use_query};
use shared::{OwnSessions, SessionInfo};
use yew::prelude::*;

use super::own_sessions_key;
use crate::api::{self, ApiError};

/// The sessions of the person who is signed in; disabled until that is known.
#[hook]
pub(crate) fn use_own_sessions(session: Option<&SessionInfo>) -> QueryResult<OwnSessions, ApiError> {
    let user = session.and_then(|session| session.user.as_ref());
    // Each person has a key of their own. So the list of the one before is not shown while theirs is read.
    let key = own_sessions_key(user.map(|user| user.id.as_str()));
    let query = Query::new(key, |cx| async move { api::session::own_sessions(&cx.signal).await });
    use_query(query.enabled(user.is_some()))
}
