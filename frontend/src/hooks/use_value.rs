//! State of a component. Yew's `use_state_eq` compiles a reducer, a history of snapshots and a dispatcher for each
//! type it is given, some 2 kB; this is a cell and a request to render.

use std::{cell::RefCell, rc::Rc};

use yew::prelude::*;

/// A value that its component is rendered with. Clones are handles to the same value, and equal.
pub(crate) struct ValueHandle<T> {
    value: Rc<RefCell<T>>,
    update: UseForceUpdateHandle,
}

impl<T> ValueHandle<T> {
    /// The value now, which can be newer than the last render.
    pub(crate) fn get(&self) -> T
    where
        T: Clone,
    {
        self.value.borrow().clone()
    }

    /// Puts another value in its place, and renders the component if it differs.
    pub(crate) fn set(&self, value: T)
    where
        T: PartialEq,
    {
        let old = self.value.replace(value);
        if *self.value.borrow() != old {
            self.update.force_update();
        }
    }

    /// [`set`](Self::set) to a copy that `change` has changed.
    pub(crate) fn change(&self, change: impl FnOnce(&mut T))
    where
        T: Clone + PartialEq,
    {
        let mut value = self.get();
        change(&mut value);
        self.set(value);
    }
}

impl<T> Clone for ValueHandle<T> {
    fn clone(&self) -> Self {
        Self { value: Rc::clone(&self.value), update: self.update.clone() }
    }
}

impl<T> PartialEq for ValueHandle<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.value, &other.value)
    }
}

/// Keeps a value from render to render.
#[hook]
pub(crate) fn use_value<T: 'static>(first: impl FnOnce() -> T) -> ValueHandle<T> {
    let value = use_mut_ref(first);
    let update = use_force_update();
    ValueHandle { value, update }
}
