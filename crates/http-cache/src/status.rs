//! `Cache-Status` (RFC 9211): reports the cache's part in an answer.

use std::fmt;

use http::{HeaderName, HeaderValue, StatusCode};

use http_message::field_value;

/// The name of the field.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Served stale, with a newer one being fetched (RFC 5861 §3).
pub const WHILE_REVALIDATING: &str = "stale-while-revalidate";
/// Served stale, since the upstream failed (RFC 5861 §4).
pub const ON_ERROR: &str = "stale-if-error";
/// Served stale, since the client takes it (RFC 9111 §5.2.1.2).
pub const MAX_STALE: &str = "max-stale";

/// Served from the second level, where another replica has stored it.
pub const SHARED: &str = "shared";

/// Why a request went to the upstream (RFC 9211 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forwarded {
    /// The cache takes no part: it is off, or the route keeps nothing of sessions.
    Bypass,
    /// The request's own words forbid a stored answer.
    Request,
    /// Nothing is stored.
    UriMiss,
    /// Answers are stored, and none of them fits.
    VaryMiss,
    /// The stored answer may not be used any more.
    Stale,
}

/// The `Cache-Status` of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CacheStatus {
    /// `None`: answered from the cache.
    pub forwarded: Option<Forwarded>,
    /// The upstream's status, where the browser gets another answer.
    pub upstream: Option<StatusCode>,
    /// Seconds for which the answer is still fresh.
    pub ttl: Option<i64>,
    /// Whether the answer is kept.
    pub stored: bool,
    /// Whether the answer is another request's, which this one waited for.
    pub collapsed: bool,
    /// The reason for a stale answer, or the source of a shared one.
    pub detail: Option<&'static str>,
}

impl CacheStatus {
    /// The report of a request that was sent on.
    #[must_use]
    pub fn forwarded(reason: Forwarded) -> Self {
        Self { forwarded: Some(reason), ..Self::default() }
    }

    /// The field's value.
    #[must_use]
    pub fn field(&self) -> HeaderValue {
        field_value(format_args!("{self}")).unwrap_or(HeaderValue::from_static("bff"))
    }
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.forwarded {
            None => "bff; hit",
            Some(Forwarded::Bypass) => "bff; fwd=bypass",
            Some(Forwarded::Request) => "bff; fwd=request",
            Some(Forwarded::UriMiss) => "bff; fwd=uri-miss",
            Some(Forwarded::VaryMiss) => "bff; fwd=vary-miss",
            Some(Forwarded::Stale) => "bff; fwd=stale",
        })?;
        if let Some(status) = self.upstream {
            write!(f, "; fwd-status={}", status.as_u16())?;
        }
        if let Some(ttl) = self.ttl {
            write!(f, "; ttl={ttl}")?;
        }
        if self.stored {
            f.write_str("; stored")?;
        }
        if self.collapsed {
            f.write_str("; collapsed")?;
        }
        match self.detail {
            Some(detail) => write!(f, "; detail={detail}"),
            None => Ok(()),
        }
    }
}

/// The cache's part in an answer, in one word of the field's own: for counting.
#[must_use]
pub fn outcome(field: &HeaderValue) -> &'static str {
    let mut parts = field.to_str().unwrap_or_default().split("; ").skip(1);
    let mut outcome = match parts.next() {
        Some("hit") => "hit",
        Some("fwd=bypass") => "bypass",
        Some("fwd=request") => "request",
        Some("fwd=uri-miss") => "uri-miss",
        Some("fwd=vary-miss") => "vary-miss",
        _ => "stale",
    };
    // A detail, the last part of all, says more than where it happened.
    for part in parts {
        match part.strip_prefix("detail=").unwrap_or(part) {
            "collapsed" => outcome = "collapsed",
            WHILE_REVALIDATING => outcome = WHILE_REVALIDATING,
            ON_ERROR => outcome = ON_ERROR,
            MAX_STALE => outcome = MAX_STALE,
            _ => {}
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_says_what_happened() {
        let hit = CacheStatus { ttl: Some(7), ..CacheStatus::default() };
        assert_eq!(hit.field(), "bff; hit; ttl=7");
        let failed = CacheStatus {
            upstream: Some(StatusCode::BAD_GATEWAY),
            ttl: Some(-5),
            detail: Some("stale-if-error"),
            ..CacheStatus::forwarded(Forwarded::Stale)
        };
        assert_eq!(failed.field(), "bff; fwd=stale; fwd-status=502; ttl=-5; detail=stale-if-error");
        let joined = CacheStatus { collapsed: true, ..CacheStatus::forwarded(Forwarded::UriMiss) };
        assert_eq!(joined.field(), "bff; fwd=uri-miss; collapsed");
        let reason = |reason| outcome(&CacheStatus::forwarded(reason).field());
        assert_eq!([hit, failed, joined].map(|said| outcome(&said.field())), ["hit", ON_ERROR, "collapsed"]);
        assert_eq!(reason(Forwarded::Bypass), "bypass");
        assert_eq!(reason(Forwarded::Request), "request");
        assert_eq!(reason(Forwarded::UriMiss), "uri-miss");
        assert_eq!(reason(Forwarded::VaryMiss), "vary-miss");
        assert_eq!(reason(Forwarded::Stale), "stale");
    }
}
