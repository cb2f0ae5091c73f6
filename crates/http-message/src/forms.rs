//! Compressed forms of content that is kept: each is made once, and serves every later answer.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderValue, header};

use super::HeaderBlock;

/// Content below this many bytes is not worth compressing: it fits into the packet of its head.
pub const COMPRESSED_MIN: u64 = 1024;

/// Types of content that compress well, besides all text and every `+json` and `+xml`.
const COMPRESSIBLE: [&str; 7] = [
    "application/graphql-response+json",
    "application/javascript",
    "application/json",
    "application/jsonl",
    "application/wasm",
    "application/x-ndjson",
    "application/xml",
];

/// Whether content with these fields may be compressed: its type is one that gains by it, and it is in no coding yet.
#[must_use]
pub fn is_compressible(headers: &HeaderBlock) -> bool {
    !headers.contains_key(header::CONTENT_ENCODING)
        && headers.get(header::CONTENT_TYPE).is_some_and(is_compressible_type)
}

/// An event stream is none: each of its events is to arrive by itself.
fn is_compressible_type(value: &HeaderValue) -> bool {
    let Ok(value) = value.to_str() else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = essence.starts_with("text/") && essence != "text/event-stream";
    is_text
        || COMPRESSIBLE.contains(&essence.as_str())
        || ["+json", "+xml"].iter().any(|suffix| essence.ends_with(suffix))
}

/// The forms of one stored content, by their coding. All clones share them.
#[derive(Debug, Clone, Default)]
pub struct Forms(Arc<Mutex<Vec<(&'static str, Bytes)>>>);

impl Forms {
    /// Bytes that all forms of content of this length may take together.
    #[must_use]
    pub const fn room(length: usize) -> usize {
        if length < COMPRESSED_MIN as usize { 0 } else { length / 2 }
    }

    /// The form in this coding.
    #[must_use]
    pub fn get(&self, coding: &str) -> Option<Bytes> {
        let forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forms.iter().find(|(known, _)| *known == coding).map(|(_, form)| form.clone())
    }

    /// Keeps a form of content of that `length`, unless there is no room for it.
    pub fn keep(&self, coding: &'static str, form: &Bytes, length: usize) {
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken: usize = forms.iter().map(|(_, form)| form.len()).sum();
        if forms.iter().all(|(known, _)| *known != coding) && taken + form.len() <= Self::room(length) {
            forms.push((coding, form.clone()));
        }
    }
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
            ("text/event-stream;charset=utf-8", false),
            ("image/png", false),
            ("application/zip", false),
            ("application/octet-stream", false),
        ] {
            let mut headers = HeaderBlock::new();
            headers.insert(header::CONTENT_TYPE, given.parse().unwrap());
            assert_eq!(is_compressible(&headers), expected, "{given}");
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            assert!(!is_compressible(&headers), "{given}");
        }
    }

    #[test]
    fn forms_are_kept_once_and_within_their_room() {
        let forms = Forms::default();
        let form = Bytes::from(vec![0; 600]);
        forms.keep("gzip", &form, 2000);
        forms.keep("br", &form, 2000);
        assert_eq!(forms.clone().get("gzip"), Some(form));
        assert_eq!(forms.get("br"), None);
    }
}
