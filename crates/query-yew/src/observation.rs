//! The common part of the query hooks: a component becomes an observer of a query when it renders, and leaves when it is
//! destroyed.

use query_core::{Event, ObserverId, Options, QueryKey, View};
use yew::prelude::*;

use crate::client::QueryClient;
use crate::query::Description;
use crate::runtime::Listener;
use crate::use_query_client::use_query_client;

/// A component that observes a query.
struct Observation {
    client: QueryClient,
    id: ObserverId,
    observed: Option<(QueryKey, Options)>,
    refetch: Callback<()>,
    fetch_more: Callback<()>,
}

impl Observation {
    fn new(client: QueryClient, listener: Listener) -> Self {
        let id = client.runtime().listen(listener);
        Self { client, id, observed: None, refetch: Callback::noop(), fetch_more: Callback::noop() }
    }

    fn observe(&mut self, description: &Description) {
        let runtime = self.client.runtime();
        let key = &description.key;
        runtime.set_fetcher(key.clone(), description.fetcher.clone());
        let options = description.options(&runtime.with_cache(|cache| cache.defaults().clone()));
        if self.observed.as_ref().is_some_and(|(old, chosen)| old == key && *chosen == options) {
            return;
        }
        let retries = options.retries;
        self.refetch = self.command(|key, retries| Event::Refetch { key, retries }, key, retries);
        self.fetch_more = self.command(|key, retries| Event::FetchMore { key, retries }, key, retries);
        self.observed = Some((key.clone(), options.clone()));
        runtime.step(Event::Observe { observer: self.id, key: key.clone(), options });
    }

    fn command(&self, event: fn(QueryKey, u32) -> Event, key: &QueryKey, retries: u32) -> Callback<()> {
        let (client, key) = (self.client.clone(), key.clone());
        Callback::from(move |()| client.runtime().step(event(key.clone(), retries)))
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.client.runtime().unlisten(self.id);
    }
}

/// The input of a hook's result.
pub(crate) struct Observed {
    pub(crate) view: View,
    pub(crate) refetch: Callback<()>,
    pub(crate) fetch_more: Callback<()>,
}

/// Observes a query. `listener` is called with every change after this render, and decides whether to render.
///
/// The place is taken during the render and not in an effect after it, so that the first render already says
/// "loading" and no second one is needed for it.
///
/// Not generic, so that an application with many kinds of data has this code once.
#[hook]
pub(crate) fn use_observation(description: &Description, listener: Listener) -> Observed {
    let client = use_query_client();
    let slot = use_mut_ref(|| None::<Observation>);
    let mut slot = slot.borrow_mut();
    let kept = slot.take().filter(|observation| observation.client == client);
    let observation = slot.insert(kept.unwrap_or_else(|| Observation::new(client, listener)));
    observation.observe(description);
    let view = observation.client.runtime().view(observation.id).unwrap_or_default();
    Observed { view, refetch: observation.refetch.clone(), fetch_more: observation.fetch_more.clone() }
}
