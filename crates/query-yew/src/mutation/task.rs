//! A run of one kind of mutation: what [`MutationRun`] knows without types, with them.

use std::cell::RefCell;
use std::rc::Rc;

use query_core::{MutationEnd, MutationId, NewMutation, QueryKey, Value};

use crate::client::QueryClient;
use crate::fault::Fault;
use crate::mutation::call::MutationCall;
use crate::mutation::driver::{begin, submit};
use crate::mutation::optimistic::Optimistic;
use crate::mutation::run::{MutationAttempt, MutationContext, MutationRun};
use crate::mutation::{Mutation, MutationResult, Scope};

/// Called with the outcome of a run, after everything else about it is done.
pub(crate) type Done<T, E> = Box<dyn FnOnce(MutationResult<T, E>)>;

/// A mutation to be run.
pub(crate) struct Task<I, T, E> {
    pub(crate) mutation: Rc<Mutation<I, T, E>>,
    pub(crate) call: MutationCall<I>,
    /// Called with each change of its state.
    pub(crate) changed: Rc<dyn Fn()>,
    pub(crate) done: Done<T, E>,
}

impl<I: Clone + 'static, T: 'static, E: 'static> Task<I, T, E> {
    /// Starts the mutation. `begun` is called with its name before anything else.
    pub(crate) fn start(self, client: &QueryClient, begun: impl FnOnce(MutationId)) {
        let Self { mutation, call, changed, done } = self;
        let input = call.shared_input();
        let new = NewMutation {
            key: mutation.key.clone(),
            variables: call.shared_input(),
            meta: mutation.meta.clone(),
            options: mutation.options.clone(),
        };
        let run = Running {
            mutation: Rc::clone(&mutation),
            call,
            changed,
            answer: RefCell::default(),
            outcome: RefCell::default(),
            done: RefCell::new(Some(done)),
        };
        let id = begin(client, new, Rc::new(run));
        begun(id);
        let scope = match &mutation.scope {
            Scope::Written => None,
            Scope::Named(keys) => Some(keys(&input)),
            Scope::Parallel => Some(Vec::new()),
        };
        let expect = |cache: &mut Optimistic| {
            if let Some(expect) = &mutation.expect {
                expect(cache, &input);
            }
        };
        submit(client, id, &expect, scope);
    }
}

struct Running<I, T, E> {
    mutation: Rc<Mutation<I, T, E>>,
    call: MutationCall<I>,
    changed: Rc<dyn Fn()>,
    /// Of the last attempt.
    answer: RefCell<Option<Result<Rc<T>, Rc<E>>>>,
    outcome: RefCell<Option<MutationResult<T, E>>>,
    done: RefCell<Option<Done<T, E>>>,
}

impl<I: Clone + 'static, T: 'static, E: 'static> MutationRun for Running<I, T, E> {
    fn attempt(self: Rc<Self>, context: MutationContext) -> MutationAttempt {
        let attempt = (self.mutation.run)(self.call.input().clone(), context);
        Box::pin(async move {
            let answer = attempt.await.map(Rc::new).map_err(Rc::new);
            let erased = answer.as_ref().map(|_| ()).map_err(|err| Value::opaque(Rc::clone(err)));
            self.answer.replace(Some(answer));
            erased
        })
    }

    fn tell(&self, end: MutationEnd) -> Vec<QueryKey> {
        let answer = self.answer.take();
        let outcome = match (end, answer) {
            (MutationEnd::TimedOut, _) => Err(Fault::TimedOut),
            (MutationEnd::Cancelled, _) | (_, None) => Err(Fault::Cancelled),
            (_, Some(answer)) => answer.map_err(Fault::Failed),
        };
        let Mutation { on_success, on_error, on_settled, invalidates, .. } = &*self.mutation;
        match (&outcome, on_success, on_error) {
            (Ok(data), Some(callback), _) => callback(&self.call, data),
            (Err(fault), _, Some(callback)) => callback(&self.call, fault),
            _ => {}
        }
        if let Some(callback) = on_settled {
            callback(&self.call, &outcome);
        }
        let stale = invalidates.as_ref().map(|keys| keys(self.call.input(), &outcome));
        self.outcome.replace(Some(outcome));
        stale.unwrap_or_default()
    }

    fn error(&self) -> Option<Value> {
        match &*self.outcome.borrow() {
            Some(Err(Fault::Failed(err))) => Some(Value::opaque(Rc::clone(err))),
            _ => None,
        }
    }

    fn hand_over(&self) {
        if let Some((outcome, done)) = self.outcome.take().zip(self.done.take()) {
            done(outcome);
        }
    }

    fn changed(&self) {
        (self.changed)();
    }
}
