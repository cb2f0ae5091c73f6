//! A stored answer, as the browser gets it, with what the upstream said of its use.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderName, StatusCode, header};

use super::{
    freshness::{Audience, CDN_CACHE_CONTROL, Freshness, control},
    generations::Reading,
    request::Asked,
    vary::Selecting,
};

use http_message::HeaderBlock;

/// What an upstream says of caching, and of what type the content is: kept to be looked at again when a 304 changes some
/// of it.
const CONTROL_FIELDS: [HeaderName; 8] = [
    header::AGE,
    header::CACHE_CONTROL,
    CDN_CACHE_CONTROL,
    header::CONTENT_TYPE,
    header::DATE,
    header::ETAG,
    header::EXPIRES,
    header::LAST_MODIFIED,
];

/// Of the stored representation itself: a 304 does not change it (RFC 9111 §3.2).
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
    /// As answered.
    pub status: StatusCode,
    /// As the browser gets them, `Age` and `Cache-Status` left out.
    pub headers: HeaderBlock,
    /// All of it; empty while it is under way.
    pub body: Bytes,
    /// The upstream's fields about caching, and its `Content-Type`, as it said them.
    pub control: HeaderBlock,
    /// How long it may be used.
    pub freshness: Freshness,
    /// Which requests it fits.
    pub selecting: Selecting,
    /// The numbers of what it is about, as read before its request went upstream.
    pub reading: Reading,
}

/// What may be done with a stored answer now.
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
    /// What may be done with this entry for a request, as far as nothing of it has changed.
    #[must_use]
    pub fn usable(&self, asked: &Asked<'_>, now: SystemTime) -> Use {
        if asked.rejects(&self.freshness, now) {
            return Use::ValidateForClient;
        }
        if self.freshness.is_fresh(now) {
            return Use::Fresh;
        }
        if self.freshness.may_serve_while_revalidating(now) {
            return Use::WhileRevalidating;
        }
        match asked.max_stale() {
            Some(tolerated) if self.freshness.may_serve_stale(tolerated, now) => Use::Tolerated,
            _ => Use::Validate,
        }
    }

    /// Whether it fits a request: by what it depends on, and by whom it may be shown to (RFC 9111 §3.5).
    #[must_use]
    pub fn fits(&self, asked: &Asked<'_>) -> bool {
        self.selecting.fits(asked.headers) && (!asked.has_credentials() || self.freshness.for_authorized)
    }

    /// Bytes that it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        let fields = self.headers.iter().chain(&self.control);
        let fields: usize = fields.map(|(name, value)| name.as_str().len() + value.len() + 64).sum();
        self.body.len() + fields + self.selecting.size() + OVERHEAD
    }

    /// Makes a request ask whether this is still what the upstream would answer (RFC 9111 §4.3.1); `false` where the
    /// upstream has given nothing to ask by.
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

/// Of an upstream's header block what [`Entry::control`] keeps.
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

/// Takes out what may not be kept: fields that the upstream limits `no-cache` or `private` to (RFC 9111 §5.2.2.4,
/// §5.2.2.7), and counters of whoever asked first.
pub fn prune(headers: &mut HeaderBlock, upstream: &HeaderBlock, audience: Audience) {
    let directives = control(upstream, audience);
    for name in directives.fields("no-cache").chain(directives.fields("private")) {
        headers.remove(name);
    }
    headers
        .retain(|name| !["ratelimit", "x-ratelimit-"].iter().any(|prefix| name.as_str().starts_with(prefix)));
}
