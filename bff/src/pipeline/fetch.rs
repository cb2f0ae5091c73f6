//! Fetches an answer that the cache lacks, or validates a stored one, and gives followers the outcome.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{Method, StatusCode};

use super::{
    cached_origin::CachedOrigin,
    leader::Leader,
    lookup::{CONDITIONS, Lookup, is_error},
    storable::{freshened, new_entry},
    timed::Timed,
};
use crate::failure::Failure;
use http_cache::{
    entry::Entry,
    flight::Outcome,
    serve::serve,
    status::{CACHE_STATUS, CacheStatus, ON_ERROR},
    streaming::Streaming,
};
use http_message::{HeaderBlock, Reply, ReplyBody, RequestBody};
use telemetry::trace::carry;
use upstream::UpstreamResponse;

impl CachedOrigin {
    /// Asks the upstream, and gives those that follow the `leader` its outcome.
    pub(super) async fn fetch(self: &Rc<Self>, leader: Leader, lookup: Lookup<'_>) -> Timed<Reply> {
        let admitted = lookup.admitted;
        let sent = SystemTime::now();
        let mut headers = self.origin.headers(admitted);
        let stored = lookup.stored.as_ref().filter(|_| admitted.method == Method::GET);
        if leader.is_followed() || stored.is_some() {
            // The conditions are judged here.
            for name in CONDITIONS {
                headers.remove(name);
            }
        }
        let validating = stored.filter(|entry| entry.add_validators(&mut headers));
        let Timed { result, upstream_time } = self.origin.send(admitted, headers, RequestBody::None).await;
        let result = match result {
            Ok(answer) if answer.status == StatusCode::NOT_MODIFIED && validating.is_some() => {
                self.not_modified(&leader, &lookup, &answer.headers, sent)
            }
            result => self.fetched(leader, &lookup, result, sent).await,
        };
        Timed { result, upstream_time }
    }

    /// Handles a whole answer, or a failure: it is kept, passed on, or gives way to a stale one.
    async fn fetched(
        &self,
        leader: Leader,
        lookup: &Lookup<'_>,
        result: Result<UpstreamResponse, Failure>,
        sent: SystemTime,
    ) -> Result<Reply, Failure> {
        let answered = result.as_ref().ok().map(|answer| answer.status);
        let outcome = match result {
            Err(failure) => Err(failure),
            Ok(answer) => self.origin.respond(answer, lookup.admitted).await,
        };
        let failed = outcome.as_ref().map_or(true, |(reply, _)| is_error(reply.status));
        if failed && let Some(reply) = on_error(&leader, lookup, answered) {
            return Ok(reply);
        }
        let (reply, upstream) = outcome.map_err(|failure| leader.fail(failure))?;
        let entry = new_entry(lookup, reply.status, &reply.headers, &upstream, sent);
        Ok(keep(leader, lookup, reply, entry))
    }

    /// Renews the stored answer that the upstream would give again (RFC 9111 §4.3.4).
    fn not_modified(
        &self,
        leader: &Leader,
        lookup: &Lookup<'_>,
        newer: &HeaderBlock,
        sent: SystemTime,
    ) -> Result<Reply, Failure> {
        let Some(stored) = &lookup.stored else {
            return Err(leader.fail(Failure::Internal("a validation of nothing".to_owned())));
        };
        let mapped = self.origin.update(stored.status, newer, lookup.admitted);
        let mapped = mapped.map_err(|failure| leader.fail(failure))?;
        let (entry, kept) = freshened(lookup, stored, newer, &mapped, sent);
        let said =
            CacheStatus { upstream: Some(StatusCode::NOT_MODIFIED), ..CacheStatus::forwarded(lookup.reason) };
        if kept {
            return Ok(put(leader, lookup, entry, said));
        }
        lookup.cache.store().remove(lookup.key, stored);
        leader.settle(Outcome::NotShared);
        Ok(serve(&entry, None, lookup.cache_request, &said, SystemTime::now()))
    }
}

/// Stores a new answer where it may be stored, and gives it to the followers where they may have it.
fn keep(leader: Leader, lookup: &Lookup<'_>, reply: Reply, entry: Option<Entry>) -> Reply {
    let length = match &reply.body {
        ReplyBody::Full(content) => Some(content.len() as u64),
        ReplyBody::Empty => Some(0),
        ReplyBody::Sized(length, _) => Some(*length),
        ReplyBody::Stream(_) | ReplyBody::HeadOnly(_) => None,
    };
    let max = lookup.cache.store().entry_max();
    let Some(head) = entry.filter(|entry| length.unwrap_or_default() + entry.size() as u64 <= max) else {
        return not_kept(&leader, lookup, reply);
    };
    let said = CacheStatus::forwarded(lookup.reason);
    match reply.body {
        ReplyBody::Full(body) => put(&leader, lookup, Entry { body, ..head }, said),
        ReplyBody::Empty | ReplyBody::HeadOnly(_) => put(&leader, lookup, head, said),
        ReplyBody::Sized(_, pieces) | ReplyBody::Stream(pieces) => {
            let window = usize::try_from(max).unwrap_or(usize::MAX);
            let streaming = Arc::new(Streaming::new(Arc::new(head), length, window));
            let body = streaming.body();
            // A client that gets a 304 leaves the content unread, so it is read here.
            if lookup.cache_request.is_conditional()
                && let Some(body) = streaming.body()
            {
                actix_rt::spawn(carry(body.drain()));
            }
            leader.settle(Outcome::Streaming(Arc::clone(&streaming)));
            let (cache, key, filled) = (Arc::clone(lookup.cache), lookup.key.clone(), Arc::clone(&streaming));
            actix_rt::spawn(carry(async move {
                let content = filled.fill(pieces).await;
                // Another length than the announced one has been refused further down; this is the last door.
                let content = content.filter(|all| length.is_none_or(|length| length == all.len() as u64));
                if let Some(body) = content {
                    let entry = Arc::new(Entry { body, ..(*filled.head).clone() });
                    cache.store().put(&key, Arc::clone(&entry));
                    leader.share(&cache, &entry);
                }
                drop(leader);
            }));
            let now = SystemTime::now();
            let said = CacheStatus { ttl: Some(streaming.head.freshness.ttl(now)), stored: true, ..said };
            serve(&streaming.head, body, lookup.cache_request, &said, now)
        }
    }
}

/// Stores a whole entry, gives it to the followers, and answers with it.
fn put(leader: &Leader, lookup: &Lookup<'_>, entry: Entry, said: CacheStatus) -> Reply {
    let entry = Arc::new(entry);
    lookup.cache.store().put(lookup.key, Arc::clone(&entry));
    leader.settle(Outcome::Entry(Arc::clone(&entry)));
    leader.share(lookup.cache, &entry);
    let now = SystemTime::now();
    let said = CacheStatus { ttl: Some(entry.freshness.ttl(now)), stored: true, ..said };
    serve(&entry, None, lookup.cache_request, &said, now)
}

/// An answer for its own request alone. The entry that it takes the place of is removed, unless the answer is an
/// error.
fn not_kept(leader: &Leader, lookup: &Lookup<'_>, mut reply: Reply) -> Reply {
    if leader.is_followed() {
        lookup.cache.hit_for_pass(lookup.key, Instant::now());
        leader.settle(Outcome::NotShared);
    }
    if let Some(stored) = lookup.stored.as_ref().filter(|_| lookup.admitted.method == Method::GET)
        && !reply.status.is_server_error()
    {
        lookup.cache.store().remove(lookup.key, stored);
    }
    reply.headers.insert(CACHE_STATUS, CacheStatus::forwarded(lookup.reason).field());
    reply
}

/// The stored answer in the place of a failure, where that is allowed (RFC 5861 §4).
fn on_error(leader: &Leader, lookup: &Lookup<'_>, answered: Option<StatusCode>) -> Option<Reply> {
    let now = SystemTime::now();
    let entry = lookup.stored.as_ref()?;
    let generations = lookup.cache.generations();
    let may_be_used = generations.is_not_outdated(&entry.reading, lookup.reading, Instant::now());
    if !entry.freshness.may_serve_on_error(now) || !may_be_used {
        return None;
    }
    leader.settle(Outcome::OnError(Arc::clone(entry)));
    let said = CacheStatus {
        upstream: answered,
        ttl: Some(entry.freshness.ttl(now)),
        detail: Some(ON_ERROR),
        ..CacheStatus::forwarded(lookup.reason)
    };
    Some(serve(entry, None, lookup.cache_request, &said, now))
}
