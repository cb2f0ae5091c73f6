//! News from the browser that a cache acts on: the network coming and going, the page being shown and hidden.

use std::rc::Rc;

use query_core::Event;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{EventTarget, VisibilityState};

use crate::runtime::Runtime;

/// Tells a new cache whether the page is visible; [`Listeners`] tell it what changes.
///
/// The network is taken to be there until the browser says it went. `navigator.onLine` is false where there is only loopback.
pub(crate) fn report_visibility(runtime: &Rc<Runtime>) {
    runtime.step(Event::Visible(is_visible()));
}

/// One listener, its target and the name of its event.
struct Attached {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut()>,
}

/// Listens until it is dropped.
pub(crate) struct Listeners {
    attached: Vec<Attached>,
}

impl Listeners {
    pub(crate) fn attach(runtime: &Rc<Runtime>) -> Self {
        let mut listeners = Self { attached: Vec::new() };
        if let Some(window) = web_sys::window() {
            listeners.on(&window, "online", runtime, || Event::Online(true));
            listeners.on(&window, "offline", runtime, || Event::Online(false));
            if let Some(document) = window.document() {
                listeners.on(&document, "visibilitychange", runtime, || Event::Visible(is_visible()));
            }
        }
        listeners
    }

    /// Listens for the page going away.
    #[cfg(feature = "persist")]
    pub(crate) fn on_leave(told: impl FnMut() + 'static) -> Self {
        let mut listeners = Self { attached: Vec::new() };
        if let Some(window) = web_sys::window() {
            listeners.add(&window, "pagehide", Closure::new(told));
        }
        listeners
    }

    fn on(&mut self, target: &EventTarget, name: &'static str, runtime: &Rc<Runtime>, event: fn() -> Event) {
        // Weak: the listeners belong to the provider and must not keep the cache alive.
        let runtime = Rc::downgrade(runtime);
        let told = move || {
            if let Some(runtime) = runtime.upgrade() {
                runtime.step(event());
            }
        };
        self.add(target, name, Closure::new(told));
    }

    fn add(&mut self, target: &EventTarget, name: &'static str, closure: Closure<dyn FnMut()>) {
        if target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()).is_ok() {
            self.attached.push(Attached { target: target.clone(), name, closure });
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        for Attached { target, name, closure } in &self.attached {
            // Fails only for a listener that is not there, as wanted.
            let _ = target.remove_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        }
    }
}

fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}
