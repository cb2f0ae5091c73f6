//! The fields of an upstream's answer that may leave by their name alone.

/// Families of fields that may pass: limits and paging are meant for the client, and so is a resumable upload.
const FAMILIES: [&str; 14] = [
    "pagination-",
    "ratelimit",
    "tus-",
    "upload-",
    "x-next-",
    "x-page",
    "x-pagination",
    "x-per-page",
    "x-prev-",
    "x-rate-limit-",
    "x-ratelimit-",
    "x-result-count",
    "x-total",
    "x-wp-total",
];

/// Whether a field may pass. These are the end-to-end fields of the registry for answers that do no harm in a browser,
/// and the paging fields of common frameworks. Framing fields are not among them, since the server writes its own. Fields
/// with an address in them are mapped.
pub(super) fn passes(name: &str) -> bool {
    matches!(
        name,
        "accept"
            | "accept-encoding"
            | "accept-patch"
            | "accept-post"
            | "accept-ranges"
            | "age"
            | "allow"
            | "authentication-info"
            | "cache-control"
            // It is for every CDN on the way: the cache here goes by it and passes it on (RFC 9213 §3).
            | "cdn-cache-control"
            | "content-digest"
            | "content-disposition"
            | "content-encoding"
            | "content-language"
            | "content-location"
            | "content-range"
            | "content-type"
            | "dasl"
            | "date"
            | "dav"
            | "deprecation"
            | "digest"
            | "dpop-nonce"
            | "etag"
            | "expires"
            | "idempotency-key"
            | "idempotent-replayed"
            | "last-modified"
            | "link"
            | "lock-token"
            | "memento-datetime"
            | "odata-entityid"
            | "odata-version"
            | "per-page"
            | "pragma"
            | "preference-applied"
            | "priority"
            | "refresh"
            | "repr-digest"
            | "retry-after"
            | "schedule-tag"
            | "signature"
            | "signature-input"
            | "sourcemap"
            | "sunset"
            | "total"
            | "vary"
            | "want-content-digest"
            | "want-repr-digest"
            | "warning"
            | "www-authenticate"
            | "x-accel-buffering"
            | "x-has-more"
    ) || FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Whether a field says what its status needs, or how long it holds, whatever the content: it stays where a problem takes
/// the place of the content.
pub(super) fn outlives_content(name: &str) -> bool {
    matches!(
        name,
        "accept"
            | "accept-encoding"
            | "accept-patch"
            | "accept-post"
            | "allow"
            | "cache-control"
            | "content-range"
            | "deprecation"
            | "retry-after"
            | "sunset"
            | "vary"
            | "www-authenticate"
    ) || ["ratelimit", "x-ratelimit-", "x-rate-limit-"].iter().any(|family| name.starts_with(family))
}
