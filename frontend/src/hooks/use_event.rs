//! A callback that never changes and always runs the newest closure, so that whoever is handed it does not render
//! for it, and nobody has to list what the closure depends on.

use std::rc::Rc;

use yew::prelude::*;

/// A callback for events, which happen between renders: it must not be called while the component renders.
#[hook]
pub(crate) fn use_event<E: 'static>(handler: impl Fn(E) + 'static) -> Callback<E> {
    use_newest(Rc::new(handler))
}

/// Not generic over the closure, so that there is one of it for each type of event.
#[hook]
fn use_newest<E: 'static>(handler: Rc<dyn Fn(E)>) -> Callback<E> {
    let newest = use_mut_ref(|| Rc::clone(&handler));
    // Dropping a closure may drop anything, so not under the borrow.
    drop(newest.replace(handler));
    let callback = use_mut_ref(|| {
        Callback::from(move |event| {
            let handler = Rc::clone(&newest.borrow());
            handler(event);
        })
    });
    callback.borrow().clone()
}
