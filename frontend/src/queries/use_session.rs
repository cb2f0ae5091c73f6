//! The session.

use query_yew::{Query, QueryClient, QueryResult, use_query, use_query_client};
use shared::{SessionInfo, UserId};
use yew::prelude::*;

use super::{begin_as, refresh, session_key, use_people};
use crate::api::{self, ApiError};

/// The session. If it turns out to be another person's when it is read again, everything is.
#[hook]
pub(crate) fn use_session() -> QueryResult<SessionInfo, ApiError> {
    let client = use_query_client();
    use_query(session(&client))
}

/// The session, as a query.
pub(super) fn session(client: &QueryClient) -> Query<SessionInfo, ApiError> {
    let client = client.clone();
    Query::new(session_key(), move |cx| {
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
    })
}

/// The id of the person whose session it is.
pub(super) fn id(info: &SessionInfo) -> Option<&str> {
    info.user.as_ref().map(|user| user.id.as_str())
}

/// The id of the person who is signed in: `None` while it is not known, and `Some(None)` for nobody.
#[hook]
pub(crate) fn use_session_person() -> Option<Option<String>> {
    use_session().data.map(|session| id(&session).map(str::to_owned))
}

/// The id of the person who is signed in, as far as that is known.
#[hook]
pub(crate) fn use_person() -> Option<String> {
    use_session_person().flatten()
}

/// The person who is signed in, if todos can be theirs.
#[hook]
pub(crate) fn use_own_id() -> Option<UserId> {
    let session = use_session().data;
    let people = use_people();
    let own = id(session.as_deref()?)?.parse().ok()?;
    people.iter().any(|(id, _)| *id == own).then_some(own)
}
