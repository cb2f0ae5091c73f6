//! Faults of components, on their way to the error boundary above.

use std::{cell::RefCell, rc::Rc};

use yew::prelude::*;

use crate::{api::ApiError, hooks::ValueHandle};

/// A failure that a component cannot work around.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// The error.
    pub(crate) error: ApiError,
    /// Tries again.
    pub(crate) retry: Callback<()>,
}

/// The faults of a boundary, each with the id of its reporter.
#[derive(Clone, PartialEq)]
pub(crate) struct FaultCollector {
    faults: ValueHandle<Vec<(u64, Fault)>>,
    last_id: Rc<RefCell<u64>>,
}

impl FaultCollector {
    /// A collector that a component holds in its state: the faults, and the last id.
    pub(crate) fn new(faults: ValueHandle<Vec<(u64, Fault)>>, last_id: Rc<RefCell<u64>>) -> Self {
        Self { faults, last_id }
    }

    /// The id of a new reporter.
    pub(crate) fn next_id(&self) -> u64 {
        *self.last_id.borrow_mut() += 1;
        *self.last_id.borrow()
    }

    /// Takes a component's current fault, or that it has none (any more).
    pub(crate) fn report(&self, reporter: u64, fault: Option<Fault>) {
        self.faults.change(|faults| {
            faults.retain(|(id, _)| *id != reporter);
            faults.extend(fault.map(|fault| (reporter, fault)));
        });
    }
}
