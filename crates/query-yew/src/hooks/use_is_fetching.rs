//! `use_is_fetching`: for the thin bar at the top of the page.

use query_core::{Filter, Inspected, ObserverId};
use yew::prelude::*;

use crate::client::QueryClient;
use crate::client::events::Subscription;
use crate::hooks::use_query_client::use_query_client;

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

/// How many of the chosen queries are being fetched right now, including those that wait to be tried again.
#[hook]
pub fn use_is_fetching_of(filter: impl Into<Filter>) -> usize {
    let filter = filter.into();
    let client = use_query_client();
    let update = use_force_update();
    let counted = count(&client, &filter);
    let newest = use_mut_ref(|| (filter.clone(), counted));
    newest.replace((filter, counted));
    let slot = use_mut_ref(|| None::<(QueryClient, Subscription)>);
    let mut slot = slot.borrow_mut();
    if slot.as_ref().is_none_or(|(subscribed, _)| *subscribed != client) {
        let (watched, newest) = (client.clone(), newest.clone());
        let told = move |_: &_, _: &_| {
            let (filter, seen) = newest.borrow().clone();
            if count(&watched, &filter) != seen {
                update.force_update();
            }
        };
        *slot = Some((client.clone(), client.subscribe(told)));
    }
    counted
}

fn count(client: &QueryClient, filter: &Filter) -> usize {
    client.inspect(filter.clone()).iter().filter(|query| is_fetching(query)).count()
}

fn is_fetching(query: &Inspected) -> bool {
    use query_core::FetchStatus::{Fetching, Waiting};
    matches!(query.fetch, Fetching | Waiting)
}
