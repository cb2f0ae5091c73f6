//! News of the mutations, for code that is no component: a log, a counter, the place where all errors are reported.

use std::fmt;
use std::rc::Rc;

use query_core::{MutationEnd, MutationFilter, MutationId, MutationState, ObserverId};

use crate::client::QueryClient;
use crate::mutation::run::{MutationChange, MutationRun};
use crate::runtime::{MutationListener, Runtime};

/// Listens until it is dropped.
#[must_use = "it listens until it is dropped"]
pub struct MutationSubscription {
    client: QueryClient,
    id: ObserverId,
}

impl PartialEq<QueryClient> for MutationSubscription {
    /// Whether it listens to this client.
    fn eq(&self, client: &QueryClient) -> bool {
        self.client == *client
    }
}

impl Drop for MutationSubscription {
    fn drop(&mut self) {
        self.client.runtime().unlisten_to_mutations(self.id);
    }
}

impl fmt::Debug for MutationSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MutationSubscription")
    }
}

impl QueryClient {
    /// Calls `told` with every change of every mutation, until the subscription is dropped.
    ///
    /// A place for all errors listens for [`MutationChange::Failed`] and [`MutationChange::TimedOut`], and finds in the state's key, variables and meta
    /// which one it was.
    pub fn subscribe_to_mutations(
        &self,
        told: impl Fn(&MutationState, &MutationChange) + 'static,
    ) -> MutationSubscription {
        self.listen_to_mutations(Rc::new(move |state, change| {
            if let Some(state) = state {
                told(state, change);
            }
        }))
    }

    /// Calls `told` with every change of every mutation, also when one has settled, and can be found no more.
    pub(crate) fn listen_to_mutations(&self, told: Rc<MutationListener>) -> MutationSubscription {
        let runtime = self.runtime();
        runtime.mutation_news.set(Some(tell));
        MutationSubscription { client: self.clone(), id: runtime.listen_to_mutations(told) }
    }
}

fn tell(runtime: &Runtime, mutation: MutationId, end: Option<(MutationEnd, &dyn MutationRun)>) {
    let states = runtime.with_cache(|cache| cache.mutations(&MutationFilter::all()));
    let state = states.into_iter().find(|state| state.id == mutation);
    let change = match end {
        None => MutationChange::Updated,
        Some((MutationEnd::TimedOut, _)) => MutationChange::TimedOut,
        Some((MutationEnd::Cancelled, _)) => MutationChange::Cancelled,
        Some((_, run)) => run.error().map_or(MutationChange::Succeeded, MutationChange::Failed),
    };
    for listener in runtime.mutation_listeners() {
        listener(state.as_ref(), &change);
    }
}
