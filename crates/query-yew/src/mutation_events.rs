//! News of the mutations, for code that is no component: a log, a counter, the place where all errors are reported.

use std::fmt;

use query_core::{MutationState, ObserverId};

use crate::client::QueryClient;
use crate::mutation_run::MutationChange;

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
    /// A place for all errors listens for [`MutationChange::Failed`], and finds in the state's key, variables and meta
    /// which one it was.
    pub fn subscribe_to_mutations(
        &self,
        told: impl Fn(&MutationState, &MutationChange) + 'static,
    ) -> MutationSubscription {
        let id = self.runtime().listen_to_mutations(told);
        MutationSubscription { client: self.clone(), id }
    }
}
