//! The data that came with the page, put into the cache before anything asks for it.

use query_yew::{QueryClient, QueryKey};

use super::{session_key, todos_key, users_key};
use crate::api;

/// Fills the cache with the answers in the page. They are as fresh as the page is.
pub(crate) fn take_first_reads(client: &QueryClient) {
    take(client, &session_key(), api::session::inlined_session());
    take(client, &todos_key(), api::todos::inlined_list());
    take(client, &users_key(), api::users::inlined_list());
}

fn take<T: PartialEq + 'static>(client: &QueryClient, key: &QueryKey, data: Option<T>) {
    if let Some(data) = data {
        client.set_data(key, data);
    }
}
