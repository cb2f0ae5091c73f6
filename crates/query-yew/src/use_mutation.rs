//! `use_mutation`: a change for a component to make.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use crate::client::QueryClient;
use crate::fault::Fault;
use crate::mutation::{Mutation, Run, start};
use crate::use_query_client::use_query_client;

/// The state that outlives a render: the newest description, and the outcome of its runs.
struct Shared<I, T, E> {
    client: QueryClient,
    mutation: Mutation<I, T, E>,
    in_flight: usize,
    /// Counts resets, so that the outcome of a run from before one is not shown after it.
    resets: u32,
    data: Option<Rc<T>>,
    error: Option<Fault<E>>,
    render: UseForceUpdateHandle,
}

/// A mutation as a component sees it in this render. Handles of one hook compare equal while nothing to see changed.
pub struct MutationHandle<I, T, E> {
    /// Whether any run that this hook started is under way.
    pub pending: bool,
    /// The error of the last run. Gone when the next one starts.
    pub error: Option<Fault<E>>,
    /// The data of the last successful run.
    pub data: Option<Rc<T>>,
    shared: Rc<RefCell<Shared<I, T, E>>>,
}

impl<I, T, E> Clone for MutationHandle<I, T, E> {
    fn clone(&self) -> Self {
        Self {
            pending: self.pending,
            error: self.error.clone(),
            data: self.data.clone(),
            shared: Rc::clone(&self.shared),
        }
    }
}

impl<I, T, E> PartialEq for MutationHandle<I, T, E> {
    fn eq(&self, other: &Self) -> bool {
        self.pending == other.pending
            && self.error == other.error
            && self.data.as_ref().map(Rc::as_ptr) == other.data.as_ref().map(Rc::as_ptr)
            && Rc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<I: Clone + 'static, T: 'static, E: 'static> MutationHandle<I, T, E> {
    /// Starts a run. It goes on to its end, and invalidates, even when its component is unmounted.
    pub fn mutate(&self, input: I) {
        self.mutate_with(input, Callback::noop());
    }

    /// Starts a run and calls `done` with its outcome, after everything else about it is done.
    pub fn mutate_with(&self, input: I, done: Callback<Result<Rc<T>, Fault<E>>>) {
        let shared = Rc::clone(&self.shared);
        let (client, mutation, resets) = {
            let mut shared = shared.borrow_mut();
            shared.in_flight += 1;
            shared.error = None;
            (shared.client.clone(), shared.mutation.clone(), shared.resets)
        };
        shared.borrow().render.force_update();
        let ended = move |result: Result<Rc<T>, Fault<E>>| {
            {
                let mut shared = shared.borrow_mut();
                shared.in_flight -= 1;
                if shared.resets == resets {
                    match &result {
                        Ok(data) => shared.data = Some(Rc::clone(data)),
                        Err(err) => shared.error = Some(err.clone()),
                    }
                }
                shared.render.force_update();
            }
            done.emit(result);
        };
        start(client, Run::new(mutation, input, ended));
    }

    /// Forgets data and error. Runs under way go on, but their outcome is not shown.
    pub fn reset(&self) {
        let mut shared = self.shared.borrow_mut();
        shared.resets += 1;
        shared.data = None;
        shared.error = None;
        shared.render.force_update();
    }
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
    let shared = use_mut_ref(|| Shared {
        client: client.clone(),
        mutation: mutation.clone(),
        in_flight: 0,
        resets: 0,
        data: None,
        error: None,
        render,
    });
    let (pending, error, data) = {
        let mut shared = shared.borrow_mut();
        shared.client = client;
        shared.mutation = mutation;
        (shared.in_flight > 0, shared.error.clone(), shared.data.clone())
    };
    MutationHandle { pending, error, data, shared }
}
