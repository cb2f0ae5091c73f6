//! A callback that never changes and always runs the newest closure. Components that get it do not render for it, and the
//! closure's dependencies need not be listed.

use std::{cell::RefCell, rc::Rc};

use yew::prelude::*;

type Handler<E> = Rc<dyn Fn(E)>;

/// A callback for events, which happen between renders: it must not be called while the component renders.
#[hook]
pub(crate) fn use_event<E: 'static>(handler: impl Fn(E) + 'static) -> Callback<E> {
    use_newest(Rc::new(handler))
}

/// Not generic over the closure, so that there is one of it for each type of event.
#[hook]
fn use_newest<E: 'static>(handler: Handler<E>) -> Callback<E> {
    let slot = use_mut_ref(|| {
        let newest = Rc::new(RefCell::new(Rc::clone(&handler)));
        let callback = {
            let newest = Rc::clone(&newest);
            Callback::from(move |event| {
                let handler = Rc::clone(&newest.borrow());
                handler(event);
            })
        };
        (newest, callback)
    });
    let slot = slot.borrow();
    // Dropping a closure may drop anything, so not under the borrow.
    drop(slot.0.replace(handler));
    slot.1.clone()
}
