//! The panic hook: a static overlay of `index.html` offers to load the page again, and the server gets a report.
//!
//! The overlay and its link work without the app, whose memory is not to be trusted any more.

use web_sys::{Element, console};

use crate::{dom, report};

/// Installs the panic hook.
pub(crate) fn install() {
    // By way of Yew, which would put one of its own in its place when it renders.
    yew::set_custom_panic_hook(Box::new(|info| {
        let message = info.to_string();
        console::error_1(&message.as_str().into());
        if let Some(overlay) = dom::by_id::<Element>("panic-report") {
            // Neither call can fail on a plain element, and no part of the app is left to handle it.
            let _ = overlay.remove_attribute("hidden");
        }
        if let Some(app) = dom::by_id::<Element>("app") {
            let _ = app.set_attribute("inert", "");
        }
        dom::focus("panic-report-reload");
        report::panicked(&message);
    }));
}
