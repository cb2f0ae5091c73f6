//! The data of a worker's handlers that may change while the server runs. A request keeps what it began with.

use std::{cell::RefCell, rc::Rc};

use actix_web::{
    dev::{Extensions, ServiceRequest},
    web,
};

use crate::guard::Guard;

/// What a worker serves with.
pub struct WorkerData {
    current: RefCell<Handed>,
    newer: Box<dyn Fn() -> Option<Handed>>,
}

/// What is handed to the handlers of a request. Cheap to clone.
#[derive(Clone)]
pub struct Handed {
    guard: web::Data<Guard>,
    data: Rc<Extensions>,
}

impl Handed {
    /// The guard, and the handlers' other data.
    #[must_use]
    pub fn new(guard: Guard, mut others: Extensions) -> Self {
        let guard = web::Data::new(guard);
        others.insert(guard.clone());
        Self { guard, data: Rc::new(others) }
    }
}

impl WorkerData {
    /// Serves with `first`, and with what `newer` gives once there is something.
    #[must_use]
    pub fn new(first: Handed, newer: impl Fn() -> Option<Handed> + 'static) -> Self {
        Self { current: RefCell::new(first), newer: Box::new(newer) }
    }

    /// Hands the newest data to the handlers of `request`; returns the guard among it.
    pub(super) fn hand_to(&self, request: &mut ServiceRequest) -> web::Data<Guard> {
        if let Some(newer) = (self.newer)() {
            self.current.replace(newer);
        }
        let Handed { guard, data } = self.current.borrow().clone();
        request.add_data_container(data);
        guard
    }
}
