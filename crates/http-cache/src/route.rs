//! The cache policy of a route (`cache` in the route table).

use std::time::Duration;

use http::HeaderValue;

/// A route's `cache`. It adds what the upstream does not say itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CachePolicy {
    /// The lifetime of an answer whose upstream names none.
    pub ttl: Option<Duration>,
    /// How long after that an answer may be used while a newer one is fetched (RFC 5861 §3).
    pub stale_while_revalidate: Option<Duration>,
    /// How long after that an answer may be used where the upstream fails (RFC 5861 §4).
    pub stale_if_error: Option<Duration>,
    /// Whether answers to a session may be kept for that session.
    pub private: bool,
    /// Whether errors are kept where `ttl` says how long answers are.
    pub errors: bool,
    /// The answers that heuristics give a lifetime where neither the upstream nor `ttl` names one.
    pub heuristic: Heuristic,
}

/// The answers that may be fresh by heuristics (RFC 9111 §4.2.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Heuristic {
    /// None.
    #[default]
    Off,
    /// Those that are kept for all clients.
    Shared,
    /// Those that are kept for one session as well.
    Private,
}

impl CachePolicy {
    /// The `Cache-Control` of an answer that lives by this policy, for the browser and caches before it.
    #[must_use]
    pub fn field(&self) -> Option<HeaderValue> {
        let mut field = format!("public, s-maxage={}", self.ttl?.as_secs());
        if let Some(window) = self.stale_while_revalidate {
            field.push_str(&format!(", stale-while-revalidate={}", window.as_secs()));
        }
        HeaderValue::from_str(&field).ok()
    }
}
