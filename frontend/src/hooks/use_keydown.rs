//! Keyboard shortcuts of a page.

use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent};
use yew::prelude::*;

use super::{use_event, use_window_event};

/// Calls `handler` on every key pressed anywhere in the page.
#[hook]
pub(crate) fn use_keydown(handler: impl Fn(KeyboardEvent) + 'static) {
    let listener = use_event(move |event: Event| {
        // Autofill sends a "keydown" that is a plain Event.
        if let Ok(event) = event.dyn_into::<KeyboardEvent>() {
            handler(event);
        }
    });
    use_window_event("keydown", listener);
}
