//! A stored answer, as the browser gets it, with the upstream's fields about caching.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderName, StatusCode, header};

use super::{
    freshness::{Audience, CDN_CACHE_CONTROL, Freshness, control},
    generations::Reading,
    request::CacheRequest,
    vary::Selecting,
};

use http_message::{HeaderBlock, forms::Forms, media_type::is_compressible};

/// The upstream's fields about caching, and its `Content-Type`. They are kept to be read again when a 304 changes some
/// of them.
const CONTROL_FIELDS: [HeaderName; 9] = [
    header::AGE,
    header::CACHE_CONTROL,
    CDN_CACHE_CONTROL,
    header::CONTENT_TYPE,
    header::DATE,
    header::ETAG,
    header::EXPIRES,
    header::LAST_MODIFIED,
    header::PRAGMA,
];

/// Fields of the stored representation itself: a 304 does not change them (RFC 9111 §3.2).
const OF_THE_CONTENT: [HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::ETAG,
    HeaderName::from_static("content-md5"),
];

/// Bytes that an entry takes besides its content and fields, roughly.
const OVERHEAD: usize = 512;

/// One stored answer.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The status, as answered.
    pub status: StatusCode,
    /// The fields as the browser gets them, `Age` and `Cache-Status` left out.
    pub headers: HeaderBlock,
    /// The whole content; empty while it is still arriving.
    pub body: Bytes,
    /// Compressed forms of the content, made when they are first asked for.
    pub forms: Forms,
    /// The upstream's fields about caching, and its `Content-Type`, as the upstream sent them.
    pub control: HeaderBlock,
    /// How long the answer may be used.
    pub freshness: Freshness,
    /// The requests that the answer fits.
    pub selecting: Selecting,
    /// The numbers of its buckets, as read before its request went upstream.
    pub reading: Reading,
}

/// The use that a stored answer allows now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Serve it.
    Fresh,
    /// Serve it: the client takes stale ones.
    Tolerated,
    /// Serve it, and fetch a newer one.
    WhileRevalidating,
    /// Ask the upstream first.
    Validate,
    /// Ask the upstream first: the client wants it so.
    ValidateForClient,
}

impl Entry {
    /// The use that this entry allows for a request, as long as no change has outdated it.
    #[must_use]
    pub fn usable(&self, request: &CacheRequest<'_>, now: SystemTime) -> Use {
        if request.rejects(&self.freshness, now) {
            return Use::ValidateForClient;
        }
        if self.freshness.is_fresh(now) {
            return Use::Fresh;
        }
        if self.freshness.may_serve_while_revalidating(now) {
            return Use::WhileRevalidating;
        }
        match request.max_stale() {
            Some(tolerated) if self.freshness.may_serve_stale(tolerated, now) => Use::Tolerated,
            _ => Use::Validate,
        }
    }

    /// Whether the entry fits a request: by the fields that it depends on, and by the client's credentials (RFC 9111
    /// §3.5).
    #[must_use]
    pub fn fits(&self, request: &CacheRequest<'_>) -> bool {
        self.selecting.fits(request.headers) && (!request.has_credentials() || self.freshness.for_authorized)
    }

    /// Bytes that the entry takes.
    #[must_use]
    pub fn size(&self) -> usize {
        let fields = self.headers.iter().chain(&self.control);
        let fields: usize = fields.map(|(name, value)| name.as_str().len() + value.len() + 64).sum();
        // Room is kept for compressed forms from the start: they come when the store no longer asks.
        let gains = !self.headers.contains_key(header::CONTENT_ENCODING)
            && self.headers.get(header::CONTENT_TYPE).is_some_and(is_compressible);
        let forms = if gains { Forms::room(self.body.len()) } else { 0 };
        self.body.len() + forms + fields + self.selecting.size() + OVERHEAD
    }

    /// Adds the entry's validators to a request as conditions (RFC 9111 §4.3.1). Returns `false` where the upstream
    /// has given none.
    pub fn add_validators(&self, request: &mut HeaderBlock) -> bool {
        let mut added = false;
        for (validator, condition) in
            [(header::ETAG, header::IF_NONE_MATCH), (header::LAST_MODIFIED, header::IF_MODIFIED_SINCE)]
        {
            if let Some(value) = self.control.get(&validator) {
                request.insert(condition, value.clone());
                added = true;
            }
        }
        added
    }
}

/// The fields of an upstream's header block that [`Entry::control`] keeps.
#[must_use]
pub fn control_fields(upstream: &HeaderBlock) -> HeaderBlock {
    let mut control = HeaderBlock::new();
    for name in &CONTROL_FIELDS {
        for value in upstream.get_all(name) {
            control.append(name.clone(), value.clone());
        }
    }
    control
}

/// Puts the fields of a 304 in the place of stored ones of the same name (RFC 9111 §3.2).
pub fn update(stored: &mut HeaderBlock, newer: &HeaderBlock) {
    for name in newer.names().filter(|name| !OF_THE_CONTENT.contains(name)) {
        stored.remove(name);
        for value in newer.get_all(name) {
            stored.append(name.clone(), value.clone());
        }
    }
}

/// Takes out the fields that may not be kept. These are fields that the upstream limits `no-cache` or `private` to
/// (RFC 9111 §5.2.2.4, §5.2.2.7). Rate-limit counters go as well: they are the first client's.
pub fn prune(headers: &mut HeaderBlock, upstream: &HeaderBlock, audience: Audience) {
    let directives = control(upstream, audience);
    for name in directives.fields("no-cache").chain(directives.fields("private")) {
        headers.remove(name);
    }
    headers
        .retain(|name| !["ratelimit", "x-ratelimit-"].iter().any(|prefix| name.as_str().starts_with(prefix)));
}
