//! A run of a mutation without its types, so that what is done in which order is compiled once.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use query_core::{MutationEnd, QueryKey, Value};
use web_sys::{AbortController, AbortSignal};

/// The second argument of a mutation function that asks for it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MutationContext {
    /// Fires when the mutation is cancelled, or takes longer than its time limit. Hand it to the request.
    pub signal: AbortSignal,
}

/// What happened to a mutation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MutationChange {
    /// It does something else now, or an attempt has failed.
    Updated,
    /// It has succeeded, and goes.
    Succeeded,
    /// It has failed for good with this error, and goes.
    Failed(Value),
    /// It had no answer within its time limit, and goes.
    TimedOut,
    /// It was cancelled, and goes.
    Cancelled,
}

impl MutationContext {
    /// A context with this signal, for tests of mutation functions.
    pub fn new(signal: AbortSignal) -> Self {
        Self { signal }
    }
}

/// The future of one attempt; its error without its type.
pub(crate) type MutationAttempt = Pin<Box<dyn Future<Output = Result<(), Value>>>>;

/// What a kind of mutation does at each step of a run.
pub(crate) trait MutationRun {
    /// Asks the server.
    fn attempt(self: Rc<Self>, context: MutationContext) -> MutationAttempt;
    /// Tells the description's callbacks how it ended, and returns what is stale by then.
    fn tell(&self, end: MutationEnd) -> Vec<QueryKey>;
    /// The error that it failed with, if it did.
    fn error(&self) -> Option<Value>;
    /// Hands the result over to who started it.
    fn hand_over(&self);
    /// Its state in the cache has changed.
    fn changed(&self);
}

/// A run that has not settled.
pub(crate) struct RunningMutation {
    pub(crate) run: Rc<dyn MutationRun>,
    /// Of the attempt in the air.
    pub(crate) controller: Option<AbortController>,
}
