//! The client's demands on stored answers (RFC 9111 §5.2.1).

use std::time::{Duration, SystemTime};

use http::{HeaderName, Method, header};

use super::{directives::Directives, freshness::Freshness};

use http_message::HeaderBlock;

/// The staleness that a client tolerates with `max-stale` without a number.
const ANY: Duration = Duration::from_secs(1 << 31);

/// Fields in which APIs take keys and tokens besides `Authorization`. In a session they go upstream as well.
const CREDENTIALS: [&str; 12] = [
    "api-key",
    "apikey",
    "ocp-apim-subscription-key",
    "private-token",
    "x-access-token",
    "x-api-key",
    "x-auth-key",
    "x-auth-token",
    "x-authorization",
    "x-functions-key",
    "x-goog-api-key",
    "x-rapidapi-key",
];

/// A request as the cache sees it.
pub struct CacheRequest<'a> {
    /// GET or HEAD.
    pub method: &'a Method,
    /// The browser's fields.
    pub headers: &'a HeaderBlock,
    directives: Directives,
    has_credentials: bool,
}

impl<'a> CacheRequest<'a> {
    /// Reads a request. In a session the client's own `Authorization` never goes upstream, and means nothing.
    #[must_use]
    pub fn new(method: &'a Method, headers: &'a HeaderBlock, in_session: bool) -> Self {
        let directives = Directives::parse(headers.get_all(header::CACHE_CONTROL));
        let is_credential = |name: &HeaderName| match *name {
            header::AUTHORIZATION => !in_session,
            _ => CREDENTIALS.contains(&name.as_str()),
        };
        Self { method, headers, directives, has_credentials: headers.names().any(is_credential) }
    }

    /// Whether neither the request nor its answer may be kept.
    #[must_use]
    pub fn no_store(&self) -> bool {
        self.directives.has("no-store")
    }

    /// Whether the client wants a stored answer or none.
    #[must_use]
    pub fn only_if_cached(&self) -> bool {
        self.directives.has("only-if-cached")
    }

    /// Whether the client sends credentials of its own: the answer may be for it alone (RFC 9111 §3.5).
    #[must_use]
    pub const fn has_credentials(&self) -> bool {
        self.has_credentials
    }

    /// Whether the client asks on a condition of its own that an upstream could answer with 304.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.headers.contains_key(header::IF_NONE_MATCH)
            || self.headers.contains_key(header::IF_MODIFIED_SINCE)
    }

    /// Whether the client asks on a condition that only the upstream can judge.
    #[must_use]
    pub fn has_precondition(&self) -> bool {
        self.headers.contains_key(header::IF_MATCH) || self.headers.contains_key(header::IF_UNMODIFIED_SINCE)
    }

    /// Whether the client takes no answer to another request, however new: it reloads.
    #[must_use]
    pub fn reloads(&self) -> bool {
        self.directives.has("no-cache") || self.directives.seconds("max-age").is_some_and(|max| max.is_zero())
    }

    /// Whether an answer of this freshness is not good enough for the client, fresh or not.
    #[must_use]
    pub fn rejects(&self, freshness: &Freshness, now: SystemTime) -> bool {
        let age = freshness.age(now);
        self.reloads()
            || self.directives.seconds("max-age").is_some_and(|max| age > max)
            || self
                .directives
                .seconds("min-fresh")
                .is_some_and(|min| age.saturating_add(min) >= freshness.lifetime)
    }

    /// How long an answer may have been stale; `None`: it may not be stale.
    #[must_use]
    pub fn max_stale(&self) -> Option<Duration> {
        if self.directives.has_unqualified("max-stale") {
            return Some(ANY);
        }
        self.directives.seconds("max-stale")
    }
}
