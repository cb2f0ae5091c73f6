//! Listens to an event of the window for as long as the component is there.

use gloo_events::{EventListener, EventListenerOptions};
use web_sys::Event;
use yew::prelude::*;

/// Calls `callback` on every `event` of the window. The listener may prevent the default.
#[hook]
pub(crate) fn use_window_event(event: &'static str, callback: Callback<Event>) {
    use_effect_with(callback, move |callback| {
        let callback = callback.clone();
        let listener = web_sys::window().map(|window| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, event, options, move |event| {
                callback.emit(event.clone())
            })
        });
        move || drop(listener)
    });
}
