//! A request that may be answered from the cache, with the stored entry and the numbers for it.

use std::{sync::Arc, time::Instant};

use http::{HeaderName, Method, StatusCode, header};

use super::admitted::Admitted;
use http_cache::{
    Cache,
    entry::Entry,
    generations::Reading,
    key::{Key, Partition},
    request::CacheRequest,
    status::Forwarded,
};
use http_message::budget::Budget;

/// The conditions of one browser: an answer to them would be no answer for any other.
pub(super) const CONDITIONS: [HeaderName; 4] =
    [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE, header::IF_RANGE, header::RANGE];

/// The cache's knowledge of a request before the upstream is asked.
pub(super) struct Lookup<'a> {
    pub(super) cache: &'a Arc<Cache>,
    pub(super) key: &'a Key,
    /// The bytes that the process may hold, such as those of an answer that is being stored.
    pub(super) budget: &'a Budget,
    pub(super) admitted: &'a Admitted,
    pub(super) cache_request: &'a CacheRequest<'a>,
    /// The numbers of the request's buckets, read before anything else.
    pub(super) reading: &'a Reading,
    /// The stored entry that fits; to be validated.
    pub(super) stored: Option<Arc<Entry>>,
    /// The reason for asking the upstream.
    pub(super) reason: Forwarded,
}

impl Lookup<'_> {
    /// Whether a request asks the upstream for itself: no other can use its answer, or none could use the last one
    /// (hit-for-pass).
    pub(super) fn goes_alone(&self) -> bool {
        let Self { cache, key, admitted, cache_request, stored, reason, .. } = self;
        // What a stranger's own credentials get is no answer for others, and no reason not to wait for theirs.
        let is_strangers = key.partition == Partition::Shared && cache_request.has_credentials();
        if is_strangers
            || admitted.method == Method::HEAD
            || *reason == Forwarded::Request
            // It could not use the answer that it waits for.
            || cache_request.reloads()
            || !admitted.route.collapse
        {
            return true;
        }
        // On a route with a lifetime of its own the whole is fetched, and the condition judged here.
        let by_route = admitted.is_kept_by_route();
        stored.is_none()
            && (admitted.headers.contains_key(header::RANGE)
                || (cache_request.is_conditional() && !by_route)
                || cache.is_hit_for_pass(key, Instant::now()))
    }

    /// Whether another flight has stored an entry since this request looked into the store.
    pub(super) fn is_outrun(&self) -> bool {
        let entry = self.cache.find(self.key, self.cache_request).entry;
        entry.is_some_and(|entry| !self.stored.as_ref().is_some_and(|stored| Arc::ptr_eq(stored, &entry)))
    }
}

/// Whether a status is the upstream's failure (RFC 5861 §4).
pub(super) fn is_error(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}
