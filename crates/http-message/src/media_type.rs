//! Media types (RFC 9110 §8.3.1), and what they say of content.

use http::HeaderValue;

/// Types that compress well, besides all text and every `+json` and `+xml`.
const COMPRESSIBLE: [&str; 6] = [
    "application/json",
    "application/javascript",
    "application/jsonl",
    "application/wasm",
    "application/x-ndjson",
    "application/xml",
];

/// A media type without its parameters.
#[must_use]
pub fn essence(media_type: &[u8]) -> &[u8] {
    media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

/// Whether content is an event stream, each of whose events is to arrive by itself.
#[must_use]
pub fn is_event_stream(content_type: &HeaderValue) -> bool {
    essence(content_type.as_bytes()).eq_ignore_ascii_case(b"text/event-stream")
}

/// Whether content is JSON in lines, each of which is to arrive by itself.
#[must_use]
pub fn is_json_lines(content_type: &HeaderValue) -> bool {
    let essence = essence(content_type.as_bytes());
    essence.eq_ignore_ascii_case(b"application/x-ndjson")
        || essence.eq_ignore_ascii_case(b"application/jsonl")
}

/// Whether content of this type becomes much smaller by compression.
#[must_use]
pub fn is_compressible(content_type: &HeaderValue) -> bool {
    let essence = essence(content_type.as_bytes());
    let starts =
        |with: &[u8]| essence.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let ends = |with: &[u8]| {
        essence.rsplitn(2, |byte| *byte == b'+').next().is_some_and(|end| end.eq_ignore_ascii_case(with))
    };
    let is_known = || COMPRESSIBLE.iter().any(|known| essence.eq_ignore_ascii_case(known.as_bytes()));
    let is_text = || starts(b"text/") && !is_event_stream(content_type);
    is_known() || is_text() || ends(b"json") || ends(b"xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_compress_and_event_streams_and_images_do_not() {
        for (given, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/vnd.api+json", true),
            ("application/problem+json", true),
            ("application/x-ndjson", true),
            ("text/html", true),
            ("image/svg+xml", true),
            ("text/event-stream", false),
            ("Text/Event-Stream;charset=utf-8", false),
            ("image/png", false),
            ("application/zip", false),
            ("application/octet-stream", false),
        ] {
            assert_eq!(is_compressible(&given.parse().unwrap()), expected, "{given}");
        }
    }
}
