//! Fetches an answer that the cache lacks, or validates a stored one, and gives followers the outcome.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{Method, StatusCode};

use super::{
    cached_origin::CachedOrigin,
    leader::Leader,
    lookup::{CONDITIONS, Lookup, is_error},
    origin::is_withheld,
    storable::{Storable, freshened, new_entry, storable},
    timed::Timed,
};
use crate::failure::Failure;
use http_cache::{
    Cache,
    entry::Entry,
    flight::Outcome,
    gathering::gathered,
    key::Key,
    serve::{has_already, serve},
    status::{CACHE_STATUS, CacheStatus, ON_ERROR},
    streaming::Streaming,
};
use http_message::{HeaderBlock, Reply, ReplyBody, ReplyStream, RequestBody};
use telemetry::trace::carry;
use upstream::UpstreamResponse;

impl CachedOrigin {
    /// Asks the upstream, and gives those that follow the `leader` its outcome.
    pub(super) async fn fetch(self: &Rc<Self>, leader: Leader, lookup: Lookup<'_>) -> Timed<Reply> {
        let admitted = lookup.admitted;
        let sent = SystemTime::now();
        let mut headers = match admitted.is_kept_by_route() {
            true => self.origin.headers_in_key(admitted),
            false => self.origin.headers(admitted),
        };
        let stored = lookup.stored.as_ref().filter(|_| admitted.method == Method::GET);
        if leader.is_followed() || stored.is_some() {
            // The conditions are judged here.
            for name in CONDITIONS {
                headers.remove(name);
            }
        }
        let validating = stored.filter(|entry| entry.add_validators(&mut headers));
        let verdict = RefCell::new(None);
        let at_head = |status, headers: &HeaderBlock| {
            if status == StatusCode::NOT_MODIFIED && validating.is_some() {
                return;
            }
            let judged = storable(&lookup, status, headers, sent);
            if !(is_shared(judged.as_ref(), &lookup, status, headers)
                || is_error(status) && stale_on_error(&lookup).is_some())
            {
                if judged.is_none() && leader.is_followed() {
                    lookup.cache.hit_for_pass(lookup.key, Instant::now());
                }
                leader.release();
            }
            verdict.replace(judged);
        };
        let Timed { result, upstream_time } =
            self.origin.send(admitted, headers, RequestBody::None, &at_head).await;
        let validated = validating.is_some();
        let result = match result {
            Ok(answer) if answer.status == StatusCode::NOT_MODIFIED && validated => {
                self.not_modified(&leader, &lookup, &answer.headers, sent)
            }
            result => self.fetched(leader, &lookup, result, verdict.take()).await,
        };
        Timed { result, upstream_time }
    }

    /// Handles a whole answer, or a failure: it is kept, passed on, or gives way to a stale one.
    async fn fetched(
        &self,
        leader: Leader,
        lookup: &Lookup<'_>,
        result: Result<UpstreamResponse, Failure>,
        storable: Option<Storable>,
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
        // A leader that fails is dropped here, and those that wait ask for themselves.
        let (reply, upstream) = outcome.inspect_err(|_| leader.release())?;
        let entry =
            storable.map(|storable| new_entry(lookup, reply.status, &reply.headers, &upstream, storable));
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
            leader.release();
            return Err(Failure::Internal("a validation of nothing".to_owned()));
        };
        let mapped = self.origin.update(stored.status, newer, lookup.admitted);
        let mapped = mapped.inspect_err(|_| leader.release())?;
        let (entry, kept) = freshened(lookup, stored, newer, &mapped, sent);
        let said =
            CacheStatus { upstream: Some(StatusCode::NOT_MODIFIED), ..CacheStatus::forwarded(lookup.reason) };
        if kept {
            return Ok(put(leader, lookup, entry, said));
        }
        lookup.cache.store().remove(lookup.key, stored);
        leader.release();
        Ok(serve(&entry, None, lookup.cache_request, &said, SystemTime::now()))
    }
}

/// Whether those that wait may have an answer. Where its length is not known, or too large to keep, they would have it
/// at the pace of the leader.
fn is_shared(
    storable: Option<&Storable>,
    lookup: &Lookup<'_>,
    status: StatusCode,
    headers: &HeaderBlock,
) -> bool {
    let length = if status == StatusCode::NO_CONTENT { Some(0) } else { headers.content_length() };
    let fits = length.is_some_and(|length| length <= lookup.cache.store().entry_max());
    storable.is_some() && fits && !is_withheld(status, headers, lookup.admitted)
}

/// Stores a new answer where it may be stored, and gives it to the followers where they may have it.
fn keep(leader: Leader, lookup: &Lookup<'_>, reply: Reply, entry: Option<Entry>) -> Reply {
    let length = match &reply.body {
        ReplyBody::Full(content) | ReplyBody::Stored(content, _) => Some(content.len() as u64),
        ReplyBody::Empty => Some(0),
        ReplyBody::Sized(length, _) => Some(*length),
        ReplyBody::Stream(_) | ReplyBody::HeadOnly(_) => None,
    };
    let max = lookup.cache.store().entry_max();
    let Some(head) = entry.filter(|entry| length.unwrap_or_default() + entry.size() as u64 <= max) else {
        return not_kept(&leader, lookup, reply);
    };
    match reply.body {
        ReplyBody::Full(body) | ReplyBody::Stored(body, _) => {
            put(&leader, lookup, Entry { body, ..head }, CacheStatus::forwarded(lookup.reason))
        }
        ReplyBody::Empty | ReplyBody::HeadOnly(_) => {
            put(&leader, lookup, head, CacheStatus::forwarded(lookup.reason))
        }
        ReplyBody::Sized(length, pieces) => {
            let held = lookup.budget.hold(length);
            if held.add(usize::try_from(length).unwrap_or(usize::MAX)).is_err() {
                // The browser gets it as it arrives, and nobody keeps it.
                return not_kept(&leader, lookup, Reply { body: ReplyBody::Sized(length, pieces), ..reply });
            }
            keep_shared(leader, lookup, Streaming::new(Arc::new(head), length, held), pieces)
        }
        ReplyBody::Stream(pieces) => keep_own(leader, lookup, head, pieces),
    }
}

/// Stores an answer of a known length while all that wait read it.
fn keep_shared(leader: Leader, lookup: &Lookup<'_>, streaming: Streaming, pieces: ReplyStream) -> Reply {
    let streaming = Arc::new(streaming);
    let body = seen(lookup, &streaming.head, streaming.body());
    leader.settle(Outcome::Streaming(Arc::clone(&streaming)));
    let (cache, key, filled) = (Arc::clone(lookup.cache), lookup.key.clone(), Arc::clone(&streaming));
    actix_rt::spawn(carry(async move {
        let content = filled.fill(pieces).await;
        // Another length than the announced one has been refused further down; this is the last door.
        if let Some(body) = content.filter(|all| filled.length() == all.len() as u64) {
            store(&cache, &key, &leader, Entry { body, ..(*filled.head).clone() });
        }
    }));
    serve_arriving(lookup, &streaming.head, body)
}

/// Stores an answer of unknown length once its own reader has read it.
fn keep_own(leader: Leader, lookup: &Lookup<'_>, head: Entry, pieces: ReplyStream) -> Reply {
    let (cache, key, entry) = (Arc::clone(lookup.cache), lookup.key.clone(), head.clone());
    let room = cache.store().entry_max().saturating_sub(head.size() as u64);
    let held = lookup.budget.hold(room);
    let gathered = gathered(pieces, held, move |body| store(&cache, &key, &leader, Entry { body, ..entry }));
    let body = seen(lookup, &head, Some(ReplyBody::Stream(gathered)));
    serve_arriving(lookup, &head, body)
}

fn store(cache: &Cache, key: &Key, leader: &Leader, entry: Entry) {
    let entry = Arc::new(entry);
    cache.store().put(key, Arc::clone(&entry));
    leader.share(cache, &entry);
}

fn serve_arriving(lookup: &Lookup<'_>, head: &Entry, body: Option<ReplyBody>) -> Reply {
    let now = SystemTime::now();
    let ttl = Some(head.freshness.ttl(now));
    let said = CacheStatus { ttl, stored: true, ..CacheStatus::forwarded(lookup.reason) };
    serve(head, body, lookup.cache_request, &said, now)
}

/// The body that a client sees. A client that has the answer already gets a 304; the body is then read here, as far as
/// it may be stored.
fn seen(lookup: &Lookup<'_>, head: &Entry, body: Option<ReplyBody>) -> Option<ReplyBody> {
    if !has_already(head, lookup.cache_request, SystemTime::now()) {
        return body;
    }
    if let Some(body) = body {
        let max = usize::try_from(lookup.cache.store().entry_max()).unwrap_or(usize::MAX);
        actix_rt::spawn(carry(async move {
            // What comes of it is in the store.
            let _ = body.collect(max).await;
        }));
    }
    None
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
        leader.release();
    }
    if let Some(stored) = lookup.stored.as_ref().filter(|_| lookup.admitted.method == Method::GET)
        && !reply.status.is_server_error()
    {
        lookup.cache.store().remove(lookup.key, stored);
    }
    reply.headers.insert(CACHE_STATUS, CacheStatus::forwarded(lookup.reason).field());
    reply
}

/// The stored answer in the place of a failure, where that is allowed.
fn on_error(leader: &Leader, lookup: &Lookup<'_>, answered: Option<StatusCode>) -> Option<Reply> {
    let entry = stale_on_error(lookup)?;
    leader.settle(Outcome::OnError(Arc::clone(entry)));
    let now = SystemTime::now();
    let said = CacheStatus {
        upstream: answered,
        ttl: Some(entry.freshness.ttl(now)),
        detail: Some(ON_ERROR),
        ..CacheStatus::forwarded(lookup.reason)
    };
    Some(serve(entry, None, lookup.cache_request, &said, now))
}

/// The stored answer that may take the place of a failure (RFC 5861 §4).
fn stale_on_error<'a>(lookup: &'a Lookup<'_>) -> Option<&'a Arc<Entry>> {
    let entry = lookup.stored.as_ref()?;
    let generations = lookup.cache.generations();
    let may_be_used = generations.is_not_outdated(&entry.reading, lookup.reading, Instant::now());
    (entry.freshness.may_serve_on_error(SystemTime::now()) && may_be_used).then_some(entry)
}
