//! `use_is_fetching`: for the thin bar at the top of the page.

use query_core::ObserverId;
use yew::prelude::*;

use crate::client::QueryClient;
use crate::use_query_client::use_query_client;

/// A listener to the number of queries being fetched.
struct Counting {
    client: QueryClient,
    id: ObserverId,
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.client.runtime().uncount(self.id);
    }
}

/// How many queries are being fetched right now, including those that wait to be tried again.
#[hook]
pub fn use_is_fetching() -> usize {
    let client = use_query_client();
    let update = use_force_update();
    let slot = use_mut_ref(|| None::<Counting>);
    let mut slot = slot.borrow_mut();
    if slot.as_ref().is_none_or(|counting| counting.client != client) {
        let id = client.runtime().count(move |_| update.force_update());
        *slot = Some(Counting { client: client.clone(), id });
    }
    client.runtime().with_cache(|cache| cache.fetching())
}
