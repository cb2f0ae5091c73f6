//! The client's part about mutations.

use std::rc::Rc;

use query_core::{MutationFilter, MutationId, MutationOptions, MutationState, QueryKey};

use crate::client::QueryClient;
use crate::mutation::Mutation;
use crate::mutation::call::MutationCall;
use crate::mutation::outcome::MutationOutcome;
use crate::mutation::task::{Done, Task};

impl QueryClient {
    /// Starts a mutation outside of any component. It goes on to its end whether its outcome is awaited or not.
    pub fn mutate<I, T, E>(&self, mutation: Mutation<I, T, E>, input: I) -> MutationOutcome<T, E>
    where
        I: Clone + 'static,
        T: 'static,
        E: 'static,
    {
        let (outcome, done) = MutationOutcome::new();
        run(self.clone(), Rc::new(mutation), Rc::new(input), done);
        outcome
    }

    /// The mutations under way that a filter chooses, in the order in which they were started.
    pub fn mutations(&self, filter: impl Into<MutationFilter>) -> Vec<MutationState> {
        let filter = filter.into();
        // Not under the borrow: a filter's predicate is code of the application.
        let mut states = self.runtime().with_cache(|cache| cache.mutations(&MutationFilter::all()));
        states.retain(|state| filter.matches(state));
        states
    }

    /// How many of the mutations under way a filter chooses.
    pub fn is_mutating(&self, filter: impl Into<MutationFilter>) -> usize {
        self.mutations(filter).len()
    }

    /// Ends the mutations that a filter chooses, wherever they are: they fail with
    /// [`Fault::Cancelled`](crate::Fault::Cancelled), and what they wrote optimistically goes back. A request in the air may reach
    /// the server all the same; the keys it wrote are fetched again.
    pub fn cancel_mutations(&self, filter: impl Into<MutationFilter>) {
        let chosen: Vec<MutationId> = self.mutations(filter).iter().map(|state| state.id).collect();
        self.cancel_these(&chosen);
    }

    /// Changes the defaults of the mutations at and below a key that are started from now on. Those of a longer key
    /// count more; the empty key is that of all mutations, also of those without a key.
    pub fn set_mutation_defaults(
        &self,
        prefix: &QueryKey,
        change: impl FnOnce(MutationOptions) -> MutationOptions,
    ) {
        let old = self.runtime().with_cache(|cache| cache.mutation_defaults(prefix));
        let new = change(old);
        self.runtime().with_cache(|cache| cache.set_mutation_defaults(prefix.clone(), new));
    }

    pub(crate) fn cancel_these(&self, mutations: &[MutationId]) {
        self.runtime().command(|cache, now| cache.cancel_mutations(now, mutations));
    }
}

fn run<I, T, E>(client: QueryClient, mutation: Rc<Mutation<I, T, E>>, input: Rc<I>, done: Done<T, E>)
where
    I: Clone + 'static,
    T: 'static,
    E: 'static,
{
    let repeat = {
        let (client, mutation) = (client.clone(), Rc::clone(&mutation));
        move |input| run(client.clone(), Rc::clone(&mutation), input, Box::new(|_| {}))
    };
    let call = MutationCall::new(input, repeat);
    Task { mutation, call, changed: Rc::new(|| {}), done }.start(&client, |_| {});
}
