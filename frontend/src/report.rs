//! Error reports to the server: panics, and queries that fail in a way that neither the network nor the person explains.
//!
//! A report is a beacon, which outlives the page. Its outcome changes nothing here.

use std::cell::Cell;

use js_sys::Date;
use shared::{
    ReportKind,
    report::{REPORT_PATH, form},
};
use web_sys::UrlSearchParams;

use crate::{api::ApiError, base_path::outside};

/// Milliseconds within which the same error is reported once: a page that cannot be loaded has it in several places.
const PAUSE_MS: f64 = 60_000.0;

thread_local! {
    /// Whether the app has panicked: later panics are consequences of the first.
    static PANICKED: Cell<bool> = const { Cell::new(false) };
    /// The error that was reported last, and the time.
    static LAST_REPORTED: Cell<(&'static str, f64)> = const { Cell::new(("", 0.0)) };
}

/// Reports a panic, if it is the first one.
pub(crate) fn panicked(message: &str) {
    if !PANICKED.replace(true) {
        send(ReportKind::Panic, message, "");
    }
}

/// Reports a query whose failure is on the screen, if its error is unexpected.
pub(crate) fn failed(error: &ApiError) {
    let Some(name) = error.unexpected() else { return };
    let now = Date::now();
    let (last, at) = LAST_REPORTED.get();
    if name != last || now - at > PAUSE_MS {
        LAST_REPORTED.set((name, now));
        send(ReportKind::Query, name, error.reference().unwrap_or_default());
    }
}

fn send(kind: ReportKind, message: &str, request_id: &str) {
    let Some(window) = web_sys::window() else { return };
    let Ok(content) = UrlSearchParams::new() else { return };
    let page = window.location().pathname().unwrap_or_default();
    // A browser writes a form by itself: JSON would be twice the code.
    form(kind, message, &page, request_id, |name, value| content.append(name, value));
    // It says whether there is room for it, and there is nothing else to be done.
    let _ = window.navigator().send_beacon_with_opt_url_search_params(&outside(REPORT_PATH), Some(&content));
}
