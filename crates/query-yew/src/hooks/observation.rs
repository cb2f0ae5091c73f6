//! The common part of the query hooks: a component becomes an observer of a query when it renders, and leaves when it is
//! destroyed.

use std::cell::RefCell;
use std::rc::Rc;

use query_core::{Event, ObserverId, Options, Plan, QueryKey, View};
use yew::prelude::*;

use crate::client::QueryClient;
use crate::conflict;
use crate::hooks::use_query_client::use_query_client;
use crate::query::{ChooseInterval, Description};
use crate::runtime::Listener;

/// A component that observes a query.
pub(crate) struct Observation {
    pub(crate) client: QueryClient,
    id: ObserverId,
    watch: Rc<RefCell<Watch>>,
    refetch: Callback<()>,
}

/// What is observed, and how the time until its next fetch is chosen.
#[derive(Clone, Default)]
struct Watch {
    observed: Option<(QueryKey, Options)>,
    choose_interval: Option<ChooseInterval>,
}

impl Observation {
    pub(crate) fn new(client: QueryClient, listener: Listener) -> Self {
        let watch = Rc::new(RefCell::new(Watch::default()));
        let id = client.runtime().listen(|id| {
            let (watch, client) = (Rc::clone(&watch), client.clone());
            Rc::new(move |view: &View| {
                choose_interval(&client, id, &watch, view);
                listener(view);
            })
        });
        Self { client, id, watch, refetch: Callback::noop() }
    }

    /// Whether it observes this key.
    pub(crate) fn is_of(&self, key: &QueryKey) -> bool {
        self.watch.borrow().observed.as_ref().is_some_and(|(observed, _)| observed == key)
    }

    pub(crate) fn observe(&mut self, description: &Description) -> Observed {
        let runtime = self.client.runtime();
        let Description { key, fetcher, kind, begin, choose_interval: choose, .. } = description;
        let conflict = runtime.with_cache(|cache| cache.conflict(key, *kind));
        if let Some(fetcher) = fetcher.as_ref().filter(|_| conflict.is_none()) {
            runtime.set_fetcher(key.clone(), fetcher.clone());
        }
        let mut options = description.options(runtime);
        let plan = options.plan();
        let old = {
            let mut watch = self.watch.borrow_mut();
            watch.choose_interval.clone_from(choose);
            watch.observed.clone().filter(|(observed, _)| observed == key)
        };
        if old.is_none() {
            if let Some(conflict) = conflict {
                conflict::report(key, conflict);
            }
            if let Some(begin) = begin {
                begin(runtime);
            }
        }
        if let Some((_, before)) = old.as_ref().filter(|_| choose.is_some()) {
            options.refetch_interval = before.refetch_interval;
        }
        if old.as_ref().is_none_or(|(_, before)| before.plan() != plan) {
            let (client, key) = (self.client.clone(), key.clone());
            self.refetch = Callback::from(move |()| {
                client.runtime().step(Event::Refetch { key: key.clone(), plan });
            });
        }
        if old.is_none_or(|(_, before)| before != options) {
            self.watch.borrow_mut().observed = Some((key.clone(), options.clone()));
            runtime.step(Event::Observe { observer: self.id, key: key.clone(), options });
        }
        let view = runtime.view(self.id).unwrap_or_default();
        choose_interval(&self.client, self.id, &self.watch, &view);
        Observed { client: self.client.clone(), view, plan, refetch: self.refetch.clone() }
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.client.runtime().unlisten(self.id);
    }
}

/// Has the query fetched again as the application chooses by what there is to see.
fn choose_interval(client: &QueryClient, observer: ObserverId, watch: &RefCell<Watch>, view: &View) {
    // Not under the borrow: the choice is code of the application.
    let watched = watch.borrow().clone();
    let Watch { observed: Some((key, mut options)), choose_interval: Some(choose) } = watched else {
        return;
    };
    let chosen = choose(view);
    if options.refetch_interval != chosen {
        options.refetch_interval = chosen;
        watch.borrow_mut().observed = Some((key.clone(), options.clone()));
        client.runtime().step(Event::Observe { observer, key, options });
    }
}

/// The input of a hook's result.
pub(crate) struct Observed {
    pub(crate) client: QueryClient,
    pub(crate) view: View,
    pub(crate) plan: Plan,
    pub(crate) refetch: Callback<()>,
}

/// Observes a query. The `listener` of the first render is called with every later change, and decides whether to render.
///
/// The place is taken during the render, so that the first one already says "loading".
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
