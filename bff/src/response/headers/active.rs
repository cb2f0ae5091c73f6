//! Content that a browser would run, apply or build a page of, and the type that it gets instead.
//!
//! The app's policy lets scripts and styles of its own origin run, and answers of the upstream are of that origin. The type
//! decides, with `nosniff`: no browser takes a script, module, worker or style of another (Fetch, "determine nosniff").
//! XML and SVG are data and pictures as well, and keep their types. As pages they are in the sandbox of our policy.

use http::HeaderValue;

use http_message::media_type::essence;

/// Types of pages, scripts (MIME Sniffing §4.6, "JavaScript MIME type") and styles, by their essence.
const ACTIVE_TEXT: [&str; 21] = [
    "application/ecmascript",
    "application/javascript",
    "application/x-ecmascript",
    "application/x-javascript",
    "application/xhtml+xml",
    "application/xslt+xml",
    "text/css",
    "text/ecmascript",
    "text/html",
    "text/javascript",
    "text/javascript1.0",
    "text/javascript1.1",
    "text/javascript1.2",
    "text/javascript1.3",
    "text/javascript1.4",
    "text/javascript1.5",
    "text/jscript",
    "text/livescript",
    "text/x-ecmascript",
    "text/x-javascript",
    "text/xsl",
];

/// The type of a module that is no text.
const WASM: &str = "application/wasm";

/// Text is shown as the text it is.
const AS_TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

const AS_BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The type that content of an active type gets; `None`: it keeps its own.
pub(super) fn inert(content_type: &HeaderValue) -> Option<HeaderValue> {
    if names_any(content_type, &ACTIVE_TEXT) {
        return Some(AS_TEXT);
    }
    names_any(content_type, &[WASM]).then_some(AS_BYTES)
}

/// Whether a `Content-Type` makes a browser build a page.
#[must_use]
pub fn is_page(content_type: &HeaderValue) -> bool {
    names_any(content_type, &["text/html", "application/xhtml+xml"])
}

/// Whether one of these types is named. A browser takes the last type of a list (Fetch, "extract a MIME type"): any counts.
fn names_any(content_type: &HeaderValue, types: &[&str]) -> bool {
    content_type.as_bytes().split(|byte| *byte == b',').any(|one| {
        let essence = essence(one);
        types.iter().any(|known| essence.eq_ignore_ascii_case(known.as_bytes()))
    })
}
