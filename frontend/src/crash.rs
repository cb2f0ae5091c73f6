//! What happens when the app panics: a static overlay of `index.html` offers to load the page again.
//!
//! The overlay and its link work without the app, whose memory nobody should trust any more.

use std::panic;

use web_sys::{Element, console};

use crate::dom;

/// Installs the panic hook.
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        console::error_1(&info.to_string().into());
        if let Some(overlay) = dom::by_id::<Element>("crash") {
            // Neither call can fail on a plain element, and there is nobody left to tell.
            let _ = overlay.remove_attribute("hidden");
        }
        if let Some(app) = dom::by_id::<Element>("app") {
            let _ = app.set_attribute("inert", "");
        }
        dom::focus("crash-reload");
    }));
}
