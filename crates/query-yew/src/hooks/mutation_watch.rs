//! The common part of the hooks that watch the mutations of the whole cache.

use std::cell::RefCell;
use std::rc::Rc;

use query_core::{MutationFilter, MutationState};
use yew::prelude::*;

use crate::client::QueryClient;
use crate::hooks::use_query_client::use_query_client;
use crate::mutation::events::MutationSubscription;

/// What a component wants to see, and what it saw last.
struct Sight<S> {
    filter: MutationFilter,
    seen: Option<S>,
}

/// What `read` makes of the mutations that a filter chooses. The component renders when that changes.
#[hook]
pub(crate) fn use_mutation_watch<S>(filter: MutationFilter, read: fn(Vec<MutationState>) -> S) -> S
where
    S: Clone + PartialEq + 'static,
{
    let client = use_query_client();
    let update = use_force_update();
    let sight = use_mut_ref(|| Sight { filter: MutationFilter::all(), seen: None });
    let slot = use_mut_ref(|| None::<MutationSubscription>);
    let mut slot = slot.borrow_mut();
    if slot.as_ref().is_none_or(|subscription| *subscription != client) {
        let (sight, cache) = (Rc::clone(&sight), client.clone());
        let listener = move |_: Option<&_>, _: &_| {
            if look(&cache, &sight, read).1 {
                update.force_update();
            }
        };
        *slot = Some(client.listen_to_mutations(Rc::new(listener)));
    }
    sight.borrow_mut().filter = filter;
    look(&client, &sight, read).0
}

/// What there is to see, and whether it differs from the last time.
fn look<S: Clone + PartialEq>(
    client: &QueryClient,
    sight: &RefCell<Sight<S>>,
    read: fn(Vec<MutationState>) -> S,
) -> (S, bool) {
    // Not under the borrow: a filter's predicate is code of the application.
    let filter = sight.borrow().filter.clone();
    let new = read(client.mutations(filter));
    let old = sight.borrow_mut().seen.replace(new.clone());
    let changed = old.is_none_or(|old| old != new);
    (new, changed)
}
