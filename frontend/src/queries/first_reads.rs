//! The data that came with the page, put into the cache before anything asks for it.

use query_yew::{QueryClient, QueryKey};

use super::{session_key, todos_key, users_key};
use crate::api;

/// Fills the cache with the session in the page. It is as fresh as the page is.
pub(crate) fn take_first_session(client: &QueryClient) {
    take(client, &session_key(), api::session::inlined_session());
}

/// Fills the cache with the todos in the page.
pub(crate) fn take_first_todos(client: &QueryClient) {
    take(client, &todos_key(), api::todos::inlined_list());
}

/// Fills the cache with the people in the page.
pub(crate) fn take_first_users(client: &QueryClient) {
    take(client, &users_key(), api::users::inlined_list());
}

/// Has what came with the page not be taken later, when it is old and may be another person's.
pub(crate) fn forget_first_reads() {
    api::todos::forget_inlined_list();
}

fn take<T: PartialEq + 'static>(client: &QueryClient, key: &QueryKey, data: Option<T>) {
    if let Some(data) = data {
        client.set_data(key, data);
    }
}
