//! What the workers serve with. It is replaced whole when files are read again: a request is served with all of the old or
//! all of the new.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use super::parts::Parts;

/// The parts that are in use. Cheap to clone; all workers share one.
#[derive(Clone)]
pub(super) struct Live(Arc<Inside>);

struct Inside {
    /// Grows with each replacement, so that a worker sees one without a lock.
    number: AtomicU64,
    parts: Mutex<Parts>,
}

impl Live {
    pub(super) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inside { number: AtomicU64::new(0), parts: Mutex::new(parts) }))
    }

    /// The number of the parts in use.
    pub(super) fn number(&self) -> u64 {
        self.0.number.load(Ordering::Acquire)
    }

    /// The parts in use.
    pub(super) fn parts(&self) -> Parts {
        self.0.parts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves with `parts` from the next request on.
    pub(super) fn replace(&self, parts: Parts) {
        *self.0.parts.lock().unwrap_or_else(PoisonError::into_inner) = parts;
        self.0.number.fetch_add(1, Ordering::Release);
    }
}
