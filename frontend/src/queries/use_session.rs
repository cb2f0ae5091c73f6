//! The session.

use query_yew::{Query, QueryClient, QueryResult, use_query, use_query_client};
use shared::{SessionInfo, UserId};
use yew::prelude::*;

use super::{begin_as, refresh, session_key, use_people};
use crate::api::{self, ApiError};

/// The session. A stale one is read again when the page comes to the front, since people sign out in other tabs. If it is
/// another person's by then, everything is read again.
#[hook]
pub(crate) fn use_session() -> QueryResult<SessionInfo, ApiError> {
    let client = use_query_client();
    use_query(session(&client))
}

/// Reads the session again, unless it was read within the last minute.
pub(super) fn look_again(client: &QueryClient) {
    client.prefetch(session(client));
}

fn session(client: &QueryClient) -> Query<SessionInfo, ApiError> {
    let client = client.clone();
    let query = Query::new(session_key(), move |cx| {
        let client = client.clone();
        async move {
            let info = api::session::session(&cx.signal).await?;
            let before = client.get_data::<SessionInfo>(&session_key());
            if before.is_some_and(|before| id(&before) != id(&info)) {
                begin_as(&client, info.clone());
                refresh(&client);
            }
            Ok(info)
        }
    });
    query.refetch_on_window_focus(true)
}

fn id(info: &SessionInfo) -> Option<&str> {
    info.user.as_ref().map(|user| user.id.as_str())
}

/// The person who is signed in, if todos can be theirs.
#[hook]
pub(crate) fn use_own_id() -> Option<UserId> {
    let session = use_session().data;
    let people = use_people();
    let own = id(session.as_deref()?)?.parse().ok()?;
    people.iter().any(|(id, _)| *id == own).then_some(own)
}
