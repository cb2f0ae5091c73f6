//! `use_queries`: as many queries as there happen to be.

use std::rc::Rc;

use yew::prelude::*;

use crate::hooks::observation::Observation;
use crate::hooks::use_query_client::use_query_client;
use crate::query::Query;
use crate::result::QueryResult;

/// Shows any number of queries, which may change from render to render, in the order given: one for each id of a list, say.
///
/// A query that stays keeps its place in the cache, wherever it stands in the list. Of two with the same key both are shown.
#[hook]
pub fn use_queries<T, E>(queries: impl IntoIterator<Item = Query<T, E>>) -> Vec<QueryResult<T, E>>
where
    T: PartialEq + 'static,
    E: 'static,
{
    let client = use_query_client();
    let update = use_force_update();
    let slot = use_mut_ref(Vec::<Observation>::new);
    let mut old = slot.take();
    old.retain(|observation| observation.client == client);
    let mut observations = Vec::new();
    let mut results = Vec::new();
    for query in queries {
        let description = &query.description;
        let place = old.iter().position(|observation| observation.is_of(&description.key));
        let mut observation = match place {
            Some(place) => old.remove(place),
            None => {
                let update = update.clone();
                Observation::new(client.clone(), Rc::new(move |_| update.force_update()))
            }
        };
        let observed = observation.observe(description);
        results.push(QueryResult::of(&observed.view, observed.refetch));
        observations.push(observation);
    }
    slot.replace(observations);
    results
}
