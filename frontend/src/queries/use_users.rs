//! All users, and their names.

use std::{rc::Rc, time::Duration};

use query_yew::{Query, QueryResult, use_query};
use shared::UserPage;
use yew::prelude::*;

use super::users_key;
use crate::{
    api::{self, ApiError},
    domain::people::People,
};

/// People change their names less often than their todos.
const STALE_TIME: Duration = Duration::from_secs(10 * 60);

/// All users.
#[hook]
pub(crate) fn use_users() -> QueryResult<UserPage, ApiError> {
    let query = Query::new(users_key(), |cx| async move { api::users::list(&cx.signal).await });
    use_query(query.stale_time(STALE_TIME))
}

/// The names of all users, empty until they are known.
#[hook]
pub(crate) fn use_people() -> Rc<People> {
    let users = use_users().data;
    use_memo(users, |users| users.as_ref().map(|page| People::new(&page.users)).unwrap_or_default())
}
