//! Faults of components, on their way to the error boundary above.

use std::{cell::Cell, rc::Rc};

use yew::prelude::*;

use crate::api::ApiError;

/// A failure that a component cannot work around.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// The error.
    pub(crate) error: ApiError,
    /// Tries again.
    pub(crate) retry: Callback<()>,
}

/// The faults of a boundary, each with the id of its reporter.
#[derive(Default, PartialEq)]
pub(crate) struct Faults(Vec<(u64, Fault)>);

impl Faults {
    /// Every fault, in the order of the reports.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter().map(|(_, fault)| fault)
    }
}

/// A reporter's current fault, or that it has none (any more).
pub(crate) struct Report {
    reporter: u64,
    fault: Option<Fault>,
}

impl Reducible for Faults {
    type Action = Report;

    fn reduce(self: Rc<Self>, Report { reporter, fault }: Report) -> Rc<Self> {
        let others = self.0.iter().filter(|(id, _)| *id != reporter).cloned();
        Rc::new(Self(others.chain(fault.map(|fault| (reporter, fault))).collect()))
    }
}

/// Takes the faults of a boundary; always the same.
#[derive(Clone, PartialEq)]
pub(crate) struct FaultCollector {
    faults: UseReducerDispatcher<Faults>,
    last_id: Rc<Cell<u64>>,
}

/// The faults reported to a component, and where to report them.
#[hook]
pub(crate) fn use_fault_collector() -> (UseReducerHandle<Faults>, FaultCollector) {
    let faults = use_reducer_eq(Faults::default);
    let last_id = use_memo((), |()| Cell::default());
    let collector = FaultCollector { faults: faults.dispatcher(), last_id };
    (faults, collector)
}

impl FaultCollector {
    /// The id of a new reporter.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id.set(self.last_id.get() + 1);
        self.last_id.get()
    }

    /// Takes a component's current fault, or that it has none (any more).
    pub(crate) fn report(&self, reporter: u64, fault: Option<Fault>) {
        self.faults.dispatch(Report { reporter, fault });
    }
}
