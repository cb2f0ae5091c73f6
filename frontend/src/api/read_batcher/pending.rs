//! A read that has been asked for and waits for its outcome.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use web_sys::AbortSignal;

use crate::api::{error::ApiError, json::Json};

/// One read.
pub(super) struct Pending {
    /// Path and query of the API.
    pub(super) relative: String,
    /// Fires when the answer is not awaited any more.
    pub(super) signal: AbortSignal,
    /// Whether no caller has taken it over yet.
    open: Cell<bool>,
    outcome: Cell<Option<Result<Json, ApiError>>>,
    waiting: Cell<Option<Waker>>,
}

impl Pending {
    pub(super) fn new(relative: String, signal: AbortSignal) -> Self {
        let (outcome, waiting) = Default::default();
        Self { relative, signal, open: Cell::new(true), outcome, waiting }
    }

    /// Takes the read over, if no other caller has: the one that gets `true` settles it.
    pub(super) fn take(&self) -> bool {
        self.open.replace(false)
    }

    /// Whether it is still to be settled. A read that is not awaited any more is settled here.
    pub(super) fn is_wanted(&self) -> bool {
        if self.signal.aborted() && self.take() {
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

/// Waits until a read has been settled.
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
