//! `use_mutation`: a change for a component to make.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use query_core::Moment;
use yew::prelude::*;

use crate::client::QueryClient;
use crate::fault::Fault;
use crate::hooks::mutation_progress::Progress;
use crate::hooks::use_query_client::use_query_client;
use crate::mutation::call::MutationCall;
use crate::mutation::outcome::MutationOutcome;
use crate::mutation::task::{Done, Task};
use crate::mutation::{Mutation, MutationResult};

/// The state that outlives a render: the newest description, and the outcome of its runs.
struct Shared<I, T, E> {
    client: QueryClient,
    mutation: Rc<Mutation<I, T, E>>,
    progress: Rc<Progress>,
    /// Counts resets, so that the outcome of a run from before one is not shown after it.
    resets: u32,
    variables: Option<Rc<I>>,
    data: Option<Rc<T>>,
    error: Option<Fault<E>>,
}

/// A mutation as a component sees it in this render. Handles of one hook compare equal while nothing to see changed.
#[non_exhaustive]
pub struct MutationHandle<I, T, E> {
    /// Whether any run that this hook started is under way.
    pub pending: bool,
    /// Whether one of these waits for the network.
    pub paused: bool,
    /// The error of the run that failed last. Gone when the next one starts.
    pub error: Option<Fault<E>>,
    /// The data of the run that succeeded last.
    pub data: Option<Rc<T>>,
    /// The input of the last run.
    pub variables: Option<Rc<I>>,
    /// Failed attempts of the last run.
    pub failures: u32,
    /// When the last run was started.
    pub submitted_at: Option<Moment>,
    shared: Rc<RefCell<Shared<I, T, E>>>,
}

impl<I, T, E> Clone for MutationHandle<I, T, E> {
    fn clone(&self) -> Self {
        Self {
            error: self.error.clone(),
            data: self.data.clone(),
            variables: self.variables.clone(),
            shared: Rc::clone(&self.shared),
            ..*self
        }
    }
}

impl<I, T, E> PartialEq for MutationHandle<I, T, E> {
    fn eq(&self, other: &Self) -> bool {
        self.pending == other.pending
            && self.paused == other.paused
            && self.error == other.error
            && self.data.as_ref().map(Rc::as_ptr) == other.data.as_ref().map(Rc::as_ptr)
            && self.variables.as_ref().map(Rc::as_ptr) == other.variables.as_ref().map(Rc::as_ptr)
            && self.failures == other.failures
            && self.submitted_at == other.submitted_at
            && Rc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<I, T, E> fmt::Debug for MutationHandle<I, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutationHandle")
            .field("pending", &self.pending)
            .field("paused", &self.paused)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

impl<I: Clone + 'static, T: 'static, E: 'static> MutationHandle<I, T, E> {
    /// Starts a run. It goes on to its end, and invalidates, even when its component is unmounted.
    pub fn mutate(&self, input: I) {
        run(&self.shared, Rc::new(input), Box::new(|_| {}));
    }

    /// Starts a run and calls `done` with its outcome, after everything else about it is done.
    pub fn mutate_with(&self, input: I, done: Callback<MutationResult<T, E>>) {
        run(&self.shared, Rc::new(input), Box::new(move |result| done.emit(result)));
    }

    /// Starts a run, whose outcome can be awaited. It goes on to its end whether it is or not.
    pub fn mutate_async(&self, input: I) -> MutationOutcome<T, E> {
        let (outcome, done) = MutationOutcome::new();
        run(&self.shared, Rc::new(input), done);
        outcome
    }

    /// Ends the runs under way that this hook started: they fail with [`Fault::Cancelled`], and what they wrote
    /// optimistically goes back. A request in the air may reach the server all the same; the keys it wrote are fetched
    /// again.
    pub fn cancel(&self) {
        let (client, runs) = {
            let shared = self.shared.borrow();
            (shared.client.clone(), shared.progress.seen().under_way)
        };
        client.cancel_these(&runs);
    }

    /// Forgets data, error and variables. Runs under way go on, but their outcome is not shown.
    pub fn reset(&self) {
        let mut shared = self.shared.borrow_mut();
        shared.resets += 1;
        shared.variables = None;
        shared.data = None;
        shared.error = None;
        shared.progress.reset();
    }
}

fn run<I, T, E>(shared: &Rc<RefCell<Shared<I, T, E>>>, input: Rc<I>, done: Done<T, E>)
where
    I: Clone + 'static,
    T: 'static,
    E: 'static,
{
    let (client, mutation, progress, resets) = {
        let mut shared = shared.borrow_mut();
        shared.error = None;
        shared.variables = Some(Rc::clone(&input));
        (shared.client.clone(), Rc::clone(&shared.mutation), Rc::clone(&shared.progress), shared.resets)
    };
    let repeat = {
        let shared = Rc::clone(shared);
        move |input| run(&shared, input, Box::new(|_| {}))
    };
    let id = Rc::new(Cell::new(None));
    let ended: Done<T, E> = {
        let (shared, client, id) = (Rc::clone(shared), client.clone(), Rc::clone(&id));
        Box::new(move |result| {
            {
                let mut shared = shared.borrow_mut();
                if shared.resets == resets {
                    match &result {
                        Ok(data) => shared.data = Some(Rc::clone(data)),
                        Err(fault) => shared.error = Some(fault.clone()),
                    }
                }
                shared.progress.end(id.get(), &client);
            }
            done(result);
        })
    };
    let changed = progress.watch(&client);
    let task = Task { mutation, call: MutationCall::new(input, repeat), changed, done: ended };
    task.start(&client, |begun| {
        id.set(Some(begun));
        progress.begin(begun, &client);
    });
}

/// Makes a change on the server, with the newest description given.
#[hook]
pub fn use_mutation<I, T, E>(mutation: Mutation<I, T, E>) -> MutationHandle<I, T, E>
where
    I: Clone + 'static,
    T: 'static,
    E: 'static,
{
    let client = use_query_client();
    let render = use_force_update();
    let mutation = Rc::new(mutation);
    let shared = use_mut_ref(|| Shared {
        client: client.clone(),
        mutation: Rc::clone(&mutation),
        progress: Rc::new(Progress::new(render)),
        resets: 0,
        variables: None,
        data: None,
        error: None,
    });
    let (seen, error, data, variables) = {
        let mut shared = shared.borrow_mut();
        shared.client = client;
        shared.mutation = mutation;
        (shared.progress.seen(), shared.error.clone(), shared.data.clone(), shared.variables.clone())
    };
    MutationHandle {
        pending: !seen.under_way.is_empty(),
        paused: seen.paused,
        error,
        data,
        variables,
        failures: seen.failures,
        submitted_at: seen.submitted_at,
        shared,
    }
}
