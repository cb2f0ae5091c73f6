//! Entity tags, and the preconditions `If-None-Match`, which the service knows as well, and `If-Match`, which it does not.

use actix_web::http::header::{self, HeaderMap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

/// Characters of the hash that go into a tag: 162 bits.
const HASH_LENGTH: usize = 27;

/// The weak tag of a body, `W/"<length in hex>-<hash>"`, in the form that Express gives it.
pub(crate) fn etag(body: &[u8]) -> String {
    let hash = STANDARD_NO_PAD.encode(Sha256::digest(body));
    format!("W/\"{:x}-{}\"", body.len(), &hash[..HASH_LENGTH])
}

/// The strong tag of one resource, which a condition of a change can name.
pub(crate) fn strong_etag(body: &[u8]) -> String {
    weak(&etag(body)).to_owned()
}

/// The tags of `If-Match`: a change is made only to a representation that one of them names.
#[derive(Debug)]
pub(crate) struct IfMatch(Vec<String>);

impl IfMatch {
    /// The condition of a request; `None` where it has none.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let tags = || values(headers, header::IF_MATCH).map(str::to_owned).collect();
        headers.contains_key(header::IF_MATCH).then(|| Self(tags()))
    }

    /// Whether it names the representation tagged `etag` (RFC 9110, 13.1.1: strong comparison).
    pub(crate) fn names(&self, etag: &str) -> bool {
        self.0.iter().any(|tag| tag == "*" || tag == etag && !tag.starts_with("W/"))
    }
}

/// Whether the client already holds the representation tagged `etag` (RFC 9110, 13.1.2: weak comparison).
/// A client that says `Cache-Control: no-cache` wants it again all the same.
pub(crate) fn is_unchanged(headers: &HeaderMap, etag: &str) -> bool {
    let reload = values(headers, header::CACHE_CONTROL).any(|directive| directive == "no-cache");
    !reload && values(headers, header::IF_NONE_MATCH).any(|tag| tag == "*" || weak(tag) == weak(etag))
}

fn values(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
}

fn weak(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
