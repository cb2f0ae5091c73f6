//! The outcome of a mutation, to be awaited.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::mutation::MutationResult;
use crate::mutation::task::Done;

struct Slot<T, E> {
    result: Option<MutationResult<T, E>>,
    waker: Option<Waker>,
}

/// The outcome of a mutation that has been started. It goes on to its end whether this is awaited or dropped.
pub struct MutationOutcome<T, E> {
    slot: Rc<RefCell<Slot<T, E>>>,
}

impl<T: 'static, E: 'static> MutationOutcome<T, E> {
    /// An outcome to come, and what it comes by.
    pub(crate) fn new() -> (Self, Done<T, E>) {
        let slot = Rc::new(RefCell::new(Slot { result: None, waker: None }));
        let outcome = Self { slot: Rc::clone(&slot) };
        let done = move |result| {
            let waker = {
                let mut slot = slot.borrow_mut();
                slot.result = Some(result);
                slot.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        };
        (outcome, Box::new(done))
    }
}

impl<T, E> Future for MutationOutcome<T, E> {
    type Output = MutationResult<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.slot.borrow_mut();
        match slot.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                slot.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T, E> fmt::Debug for MutationOutcome<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MutationOutcome")
    }
}
