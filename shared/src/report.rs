//! Error reports of the browser to the server.

use serde::{Deserialize, Serialize};

/// The endpoint of error reports (`POST`): the app sends a [`BrowserReport`], the browser itself its reports of violations
/// of the Content-Security-Policy.
pub const REPORT_PATH: &str = "/bff/report";

/// The kind of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportKind {
    /// The app panicked: nothing works any more until the page is loaded again.
    Panic,
    /// A query failed with an unexpected error, which the page shows.
    Query,
}

/// Body of `POST /bff/report`, as JSON or as the content of a form. Nothing in it is a person's: no input, no query of an
/// address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BrowserReport {
    /// The kind of error.
    pub kind: ReportKind,
    /// The panic's message, or the error's name.
    pub message: String,
    /// Path of the page that it happened on, without query and fragment.
    pub page: String,
    /// Id of the request that failed; empty where there was none, or the answer did not tell.
    #[serde(default)]
    pub request_id: String,
}

impl ReportKind {
    /// The kind as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Query => "query",
        }
    }
}

/// Hands the names and values of a [`BrowserReport`] as a form to `append`, one after the other. A browser encodes them, so
/// that the app needs no code for that.
pub fn form(
    kind: ReportKind,
    message: &str,
    page: &str,
    request_id: &str,
    mut append: impl FnMut(&'static str, &str),
) {
    append("kind", kind.as_str());
    append("message", message);
    append("page", page);
    append("requestId", request_id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_has_the_names_and_values_of_the_json() {
        for kind in [ReportKind::Panic, ReportKind::Query] {
            let (message, page, request_id) = ("a \"panic\"", "/todos", "r1");
            let mut fields = serde_json::Map::new();
            form(kind, message, page, request_id, |name, value| {
                fields.insert(name.to_owned(), value.into());
            });
            let [message, page, request_id] = [message, page, request_id].map(str::to_owned);
            let json = serde_json::to_value(BrowserReport { kind, message, page, request_id }).unwrap();
            assert_eq!(json, serde_json::Value::Object(fields));
        }
    }
}
