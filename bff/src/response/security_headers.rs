//! Header fields that protect the browser, and that every response has.

use http::{
    HeaderName, HeaderValue,
    header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS},
};

/// The field that says which features of a browser a page may use.
pub const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Its value without a setting.
pub(super) const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()",
);

/// Security headers of every response; a 304 gets all but [`OF_CONTENT`]. A handler's own value takes precedence.
pub const SECURITY_HEADERS: [(HeaderName, HeaderValue); 7] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (PERMISSIONS_POLICY, PERMISSIONS),
    // The policy for everything but the start page: a response opened as a page could do nothing.
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox"),
    ),
    // Covers an upstream's policy that says nothing of frames. Browsers follow a policy that does.
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Headers that depend on the content, and that a 304 leaves out. They would replace the headers that came with the
/// browser's stored content (RFC 9111 §3.2).
pub const OF_CONTENT: [HeaderName; 2] = [CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS];

/// One year: the minimum that preload lists ask for (RFC 6797 §6.1.1).
pub const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");
