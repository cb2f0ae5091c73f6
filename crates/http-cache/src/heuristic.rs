//! Heuristic freshness (RFC 9111 §4.2.2): the lifetime of an answer that nobody has named one for. What has not changed
//! for long is taken to stay as it is for a share of that time.

use std::time::Duration;

use http::StatusCode;

use super::directives::Directives;

/// The divisor of the time since the last change: a tenth, which the RFC calls typical.
const SHARE: u32 = 10;

/// The longest lifetime by heuristics.
pub const HEURISTIC_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Statuses that are heuristically cacheable (RFC 9110 §15.1).
const STATUSES: [u16; 12] = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501];

/// Whether a cache may choose for how long it keeps an answer of this status.
pub(super) fn is_cacheable_by_default(status: StatusCode) -> bool {
    STATUSES.contains(&status.as_u16())
}

/// The lifetime of an answer that was `unchanged` for this long when it was made. `None` where its status allows no
/// heuristics and `public` does not mark it, or where there is nothing to take a share of.
pub(super) fn lifetime(status: StatusCode, directives: &Directives, unchanged: Duration) -> Option<Duration> {
    let is_allowed = is_cacheable_by_default(status) || directives.has("public");
    let lifetime = (unchanged / SHARE).min(HEURISTIC_MAX);
    (is_allowed && !lifetime.is_zero()).then_some(lifetime)
}
