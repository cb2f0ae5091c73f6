//! Reports of browsers about themselves: one line each with `target` `bff::browser` and a stable `event`.
//!
//! A stranger may have written a report. Its texts are cut and freed of control characters. Of addresses only origin
//! and path are kept.

use tracing::field::display;
use url::Url;

use super::{
    metrics,
    security::{EventSource, printable, printable_within},
};

/// `target` of the lines.
const BROWSER: &str = "bff::browser";

/// The most characters that are logged of a panic's message, its place in the source included.
const MESSAGE_MAX: usize = 512;

/// An error in a browser.
#[derive(Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The Content-Security-Policy of a page blocked something (CSP Level 3 §5).
    CspViolation(CspViolation),
    /// The app panicked.
    Panic {
        /// Path of the page.
        page: String,
        /// The panic's message.
        message: String,
    },
    /// A query failed with an unexpected error.
    Query {
        /// Path of the page.
        page: String,
        /// The name of the error.
        message: String,
        /// The id of the request that failed; empty where it is not known.
        failed: String,
    },
}

/// A violation of a page's Content-Security-Policy.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CspViolation {
    /// Address of the page.
    pub page: String,
    /// The directive that was violated.
    pub directive: String,
    /// Address of the blocked resource, or a word for it (`inline`, `eval`).
    pub blocked: String,
    /// Address of the script that asked for it.
    pub source: String,
    /// Line in that script.
    pub line: Option<u64>,
    /// Whether the policy only reports, and nothing was blocked.
    pub report_only: bool,
}

/// Logs and counts a browser's report.
pub fn reported(mishap: &Mishap, from: EventSource<'_>) {
    let EventSource { request_id, address } = from;
    let address = address.map(display);
    match mishap {
        Mishap::CspViolation(CspViolation { page, directive, blocked, source, line, report_only }) => {
            metrics::reported("csp_violation");
            let (page, blocked, source) = (place(page), place(blocked), place(source));
            let directive = printable(directive);
            // The field stands on the lines where it says something.
            let report_only = report_only.then_some(true);
            tracing::warn!(target: BROWSER, event = "csp_violation", page, directive = &*directive, blocked, source, line, report_only, address, request_id, "a page's policy was violated");
        }
        Mishap::Panic { page, message } => {
            metrics::reported("browser_panic");
            let (page, said) = (place(page), printable_within(message, MESSAGE_MAX));
            tracing::warn!(target: BROWSER, event = "browser_panic", page, said = &*said, address, request_id, "the app panicked in a browser");
        }
        Mishap::Query { page, message, failed } => {
            metrics::reported("query_error");
            let (page, said) = (place(page), printable_within(message, MESSAGE_MAX));
            let failed = printable(failed);
            tracing::warn!(target: BROWSER, event = "query_error", page, said = &*said, failed_request = &*failed, address, request_id, "a query failed in a browser");
        }
    }
}

/// The part of an address that may be logged. Queries, fragments and names before the host hold secrets. An address
/// that is content itself (`data:`) may hold anything.
fn place(address: &str) -> String {
    let bare = match Url::parse(address) {
        Ok(mut url) if url.has_host() => {
            url.set_query(None);
            url.set_fragment(None);
            // Neither fails where there is a host.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.into()
        }
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => address.split(['?', '#']).next().unwrap_or_default().to_owned(),
    };
    printable(&bare).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_35_of_an_address_in_a_report_only_origin_and_path_are_kept() {
        for (given, kept) in [
            ("https://app.test/todos?token=s3cret#s3cret", "https://app.test/todos"),
            ("https://s3cret:s3cret@app.test:8443/a", "https://app.test:8443/a"),
            ("wss://app.test/socket?s3cret", "wss://app.test/socket"),
            ("chrome-extension://abcdef/x.js?s3cret", "chrome-extension://abcdef/x.js"),
            ("data:text/html,s3cret", "data:"),
            ("blob:https://app.test/s3cret", "blob:"),
            ("javascript:s3cret", "javascript:"),
            ("file:///s3cret?s3cret", "file:"),
            ("/todos?s3cret#s3cret", "/todos"),
            ("inline", "inline"),
            ("", ""),
            ("/a\r\nforged", "/a\u{fffd}\u{fffd}forged"),
        ] {
            assert_eq!(place(given), kept, "{given}");
        }
        assert_eq!(place(&format!("https://app.test/{}", "a".repeat(10_000))).len(), 128);
    }
}
