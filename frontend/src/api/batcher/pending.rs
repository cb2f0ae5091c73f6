//! A call that has been made and waits for its outcome.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use serde_json::value::RawValue;
use shared::Method;
use web_sys::AbortSignal;

use crate::api::{error::ApiError, json::Json};

/// What is asked of the API.
pub(in crate::api) struct Call {
    /// The method.
    pub(in crate::api) method: Method,
    /// Path and query below its base.
    pub(in crate::api) relative: String,
    /// The content.
    pub(in crate::api) body: Option<Box<RawValue>>,
}

/// One call.
pub(super) struct Pending {
    /// What is asked.
    pub(super) call: Call,
    /// Fires when the answer is not awaited any more.
    pub(super) signal: Option<AbortSignal>,
    /// Whether no caller has taken it over yet.
    open: Cell<bool>,
    outcome: Cell<Option<Result<Json, ApiError>>>,
    waiting: Cell<Option<Waker>>,
}

impl Pending {
    pub(super) fn new(call: Call, signal: Option<AbortSignal>) -> Self {
        let (outcome, waiting) = Default::default();
        Self { call, signal, open: Cell::new(true), outcome, waiting }
    }

    /// Takes the call over, if no other caller has: the one that gets `true` settles it.
    pub(super) fn take(&self) -> bool {
        self.open.replace(false)
    }

    /// Whether it is still to be settled. A call that is not awaited any more is settled here.
    pub(super) fn is_wanted(&self) -> bool {
        if self.signal.as_ref().is_some_and(AbortSignal::aborted) && self.take() {
            self.settle(Err(ApiError::Cancelled));
        }
        self.open.get()
    }

    /// It has been answered, or will not be.
    pub(super) fn settle(&self, outcome: Result<Json, ApiError>) {
        self.outcome.set(Some(outcome));
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}

/// Waits until a call has been settled.
pub(in crate::api) struct Outcome(pub(super) Rc<Pending>);

impl Future for Outcome {
    type Output = Result<Json, ApiError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.0.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                self.0.waiting.set(Some(cx.waker().clone()));
                Poll::Pending
            }
        }
    }
}
