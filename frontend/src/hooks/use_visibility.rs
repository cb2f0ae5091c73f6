//! Whether the page is looked at.

use web_sys::VisibilityState;
use yew::prelude::*;

use super::{use_event, use_window_event};
use crate::dom;

/// Whether the page is visible. Renders the component again when that changes.
#[hook]
pub(crate) fn use_visibility() -> bool {
    let visible = use_state_eq(is_visible);
    let on_change = {
        let visible = visible.clone();
        use_event(move |_| visible.set(is_visible()))
    };
    // It happens to the document, and is heard of in the window as well.
    use_window_event("visibilitychange", on_change);
    *visible
}

fn is_visible() -> bool {
    dom::document().is_none_or(|document| document.visibility_state() == VisibilityState::Visible)
}
