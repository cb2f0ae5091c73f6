//! The common part of the query hooks: a component becomes an observer of a query when it renders, and leaves when it is
//! destroyed.

use query_core::{Event, ObserverId, Options, Plan, QueryKey, View};
use yew::prelude::*;

use crate::client::QueryClient;
use crate::conflict;
use crate::hooks::use_query_client::use_query_client;
use crate::query::Description;
use crate::runtime::Listener;

/// A component that observes a query.
pub(crate) struct Observation {
    pub(crate) client: QueryClient,
    id: ObserverId,
    observed: Option<(QueryKey, Options)>,
    refetch: Callback<()>,
}

impl Observation {
    pub(crate) fn new(client: QueryClient, listener: Listener) -> Self {
        let id = client.runtime().listen(listener);
        Self { client, id, observed: None, refetch: Callback::noop() }
    }

    /// The key that it observes.
    pub(crate) fn key(&self) -> Option<&QueryKey> {
        self.observed.as_ref().map(|(key, _)| key)
    }

    pub(crate) fn observe(&mut self, description: &Description) -> Observed {
        let runtime = self.client.runtime();
        let Description { key, fetcher, kind, begin, .. } = description;
        let conflict = runtime.with_cache(|cache| cache.conflict(key, *kind));
        if let Some(fetcher) = fetcher.as_ref().filter(|_| conflict.is_none()) {
            runtime.set_fetcher(key.clone(), fetcher.clone());
        }
        let options = description.options(runtime);
        let plan = options.plan();
        let old = self.observed.as_ref();
        if old.is_none_or(|(old, _)| old != key) {
            if let Some(conflict) = conflict {
                conflict::report(key, conflict);
            }
            if let Some(begin) = begin {
                begin(runtime);
            }
        }
        let is_new = old.is_none_or(|(old, chosen)| old != key || *chosen != options);
        if is_new {
            let (client, refetched) = (self.client.clone(), key.clone());
            self.refetch = Callback::from(move |()| {
                client.runtime().step(Event::Refetch { key: refetched.clone(), plan });
            });
            self.observed = Some((key.clone(), options.clone()));
        }
        if is_new || options.refetch_interval.is_some() {
            runtime.step(Event::Observe { observer: self.id, key: key.clone(), options });
        }
        let view = self.client.runtime().view(self.id).unwrap_or_default();
        Observed { client: self.client.clone(), view, plan, refetch: self.refetch.clone() }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.client.runtime().unlisten(self.id);
    }
}

/// The input of a hook's result.
pub(crate) struct Observed {
    pub(crate) client: QueryClient,
    pub(crate) view: View,
    pub(crate) plan: Plan,
    pub(crate) refetch: Callback<()>,
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
    observation.observe(description)
}
