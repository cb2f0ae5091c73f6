//! Those who listen to all queries of a cache.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use query_core::{Change, QueryKey};

/// Called with every change of every query.
pub(crate) type Subscriber = Rc<dyn Fn(&QueryKey, &Change)>;

/// Those who listen to all queries, each by a number.
#[derive(Default)]
pub(crate) struct Subscribers {
    all: RefCell<Vec<(u64, Subscriber)>>,
    last: Cell<u64>,
}

impl Subscribers {
    /// Adds one, and returns its number.
    pub(crate) fn add(&self, told: Subscriber) -> u64 {
        let id = self.last.get() + 1;
        self.last.set(id);
        self.all.borrow_mut().push((id, told));
        id
    }

    /// Removes one, which is handed over: dropping a closure may drop anything, so not under the borrow.
    pub(crate) fn remove(&self, id: u64) -> Option<Subscriber> {
        let mut all = self.all.borrow_mut();
        let place = all.iter().position(|(other, _)| *other == id)?;
        Some(all.remove(place).1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.borrow().is_empty()
    }

    pub(crate) fn tell(&self, key: &QueryKey, change: &Change) {
        // Not under the borrow: subscribers are code of the application, which may subscribe.
        let all: Vec<Subscriber> = self.all.borrow().iter().map(|(_, told)| Rc::clone(told)).collect();
        for told in all {
            told(key, change);
        }
    }
}
