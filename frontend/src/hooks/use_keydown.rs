//! Keyboard shortcuts of a page.

use wasm_bindgen::JsCast;
use web_sys::{Event, KeyboardEvent};
use yew::prelude::*;

use super::use_window_event;

/// Calls `callback` on every key pressed anywhere in the page.
#[hook]
pub(crate) fn use_keydown(callback: Callback<KeyboardEvent>) {
    let listener = use_callback(callback, |event: Event, callback| {
        // Autofill sends a "keydown" that is a plain Event.
        if let Ok(event) = event.dyn_into::<KeyboardEvent>() {
            callback.emit(event);
        }
    });
    use_window_event("keydown", listener);
}
