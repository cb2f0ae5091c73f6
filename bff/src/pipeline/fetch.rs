//! Asks the upstream for what the cache lacks, validates what it has, and hands on what comes of it.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{Method, StatusCode};

use super::{
    forward::{Forward, Spent},
    keep::{freshened, new_entry},
    leading::Leading,
    lookup::{CONDITIONS, Lookup, is_error},
};
use crate::{
    cache::{
        entry::Entry,
        flight::Outcome,
        serve::serve,
        status::{CACHE_STATUS, CacheStatus, ON_ERROR},
        streaming::Streaming,
    },
    failure::Failure,
    message::{HeaderBlock, Reply, ReplyBody, RequestBody},
    telemetry::trace::carry,
};

impl Forward {
    /// Asks the upstream. With a `lead`, whoever waits is told what comes of it.
    pub(super) async fn fetch(
        self: &Rc<Self>,
        lead: Option<Leading>,
        lookup: Lookup<'_>,
        spent: &mut Spent,
    ) -> Result<Reply, Failure> {
        let ask = lookup.ask;
        let sent = SystemTime::now();
        let mut headers = self.headers(ask);
        let stored = lookup.stored.as_ref().filter(|_| ask.method == Method::GET);
        if lead.is_some() || stored.is_some() {
            // They are judged here.
            for name in CONDITIONS {
                headers.remove(name);
            }
        }
        let validating = stored.filter(|entry| entry.add_validators(&mut headers));
        let mut answered = None;
        let outcome = match self.send(ask, headers, RequestBody::None, spent).await {
            Err(failure) => Err(failure),
            Ok(answer) => {
                answered = Some(answer.status);
                if let Some(entry) = validating.filter(|_| answer.status == StatusCode::NOT_MODIFIED) {
                    return self.not_modified(lead.as_ref(), &lookup, entry, &answer.headers, sent);
                }
                let upstream = answer.headers.clone();
                self.respond(answer, ask).await.map(|reply| (reply, upstream))
            }
        };
        let failed = outcome.as_ref().map_or(true, |(reply, _)| is_error(reply.status));
        if failed && let Some(reply) = on_error(lead.as_ref(), &lookup, answered) {
            return Ok(reply);
        }
        let (reply, upstream) = outcome.map_err(|failure| share(lead.as_ref(), failure))?;
        let entry = new_entry(&lookup, reply.status, &reply.headers, &upstream, sent);
        Ok(keep(lead, &lookup, reply, entry))
    }

    /// The upstream says that what is stored is what it would answer (RFC 9111 §4.3.4).
    fn not_modified(
        &self,
        lead: Option<&Leading>,
        lookup: &Lookup<'_>,
        stored: &Arc<Entry>,
        newer: &HeaderBlock,
        sent: SystemTime,
    ) -> Result<Reply, Failure> {
        let mapped = self.rules.for_update(stored.status, newer, &lookup.ask.path);
        let mapped = mapped.map_err(|err| share(lead, err.into()))?;
        let (entry, kept) = freshened(lookup, stored, newer, &mapped, sent);
        let said =
            CacheStatus { upstream: Some(StatusCode::NOT_MODIFIED), ..CacheStatus::forwarded(lookup.reason) };
        if kept {
            return Ok(put(lead, lookup, entry, said));
        }
        lookup.cache.store().remove(lookup.key, stored);
        if let Some(lead) = lead {
            lead.settle(Outcome::NotShared);
        }
        Ok(serve(&entry, None, lookup.asked, &said, SystemTime::now()))
    }
}

/// Keeps a new answer where it may be kept, and gives it to whoever waits where they may have it.
fn keep(lead: Option<Leading>, lookup: &Lookup<'_>, reply: Reply, entry: Option<Entry>) -> Reply {
    let length = match &reply.body {
        ReplyBody::Full(content) => Some(content.len() as u64),
        ReplyBody::Empty => Some(0),
        ReplyBody::Sized(length, _) => Some(*length),
        ReplyBody::Stream(_) | ReplyBody::HeadOnly(_) => None,
    };
    let max = lookup.cache.store().entry_max();
    let Some(head) = entry.filter(|entry| length.unwrap_or_default() + entry.size() as u64 <= max) else {
        return not_kept(lead.as_ref(), lookup, reply);
    };
    let said = CacheStatus::forwarded(lookup.reason);
    match reply.body {
        ReplyBody::Full(body) => put(lead.as_ref(), lookup, Entry { body, ..head }, said),
        ReplyBody::Empty | ReplyBody::HeadOnly(_) => put(lead.as_ref(), lookup, head, said),
        ReplyBody::Sized(_, pieces) | ReplyBody::Stream(pieces) => {
            let window = usize::try_from(max).unwrap_or(usize::MAX);
            let streaming = Arc::new(Streaming::new(Arc::new(head), length, window));
            let body = streaming.body();
            // Who may be told that nothing has changed leaves the content unread.
            if lookup.asked.is_conditional()
                && let Some(body) = streaming.body()
            {
                actix_rt::spawn(carry(body.drain()));
            }
            if let Some(lead) = &lead {
                lead.settle(Outcome::Streaming(Arc::clone(&streaming)));
            }
            let (cache, key, filled) = (Arc::clone(lookup.cache), lookup.key.clone(), Arc::clone(&streaming));
            actix_rt::spawn(carry(async move {
                let content = filled.fill(pieces).await;
                // Another length than the announced one has been refused further down; this is the last door.
                let content = content.filter(|all| length.is_none_or(|length| length == all.len() as u64));
                if let Some(body) = content {
                    let entry = Arc::new(Entry { body, ..(*filled.head).clone() });
                    cache.store().put(&key, Arc::clone(&entry));
                    if let Some(lead) = &lead {
                        lead.share(&cache, &entry);
                    }
                }
                drop(lead);
            }));
            let now = SystemTime::now();
            let said = CacheStatus { ttl: Some(streaming.head.freshness.ttl(now)), stored: true, ..said };
            serve(&streaming.head, body, lookup.asked, &said, now)
        }
    }
}

/// Stores a whole entry, tells whoever waits, and answers with it.
fn put(lead: Option<&Leading>, lookup: &Lookup<'_>, entry: Entry, said: CacheStatus) -> Reply {
    let entry = Arc::new(entry);
    lookup.cache.store().put(lookup.key, Arc::clone(&entry));
    if let Some(lead) = lead {
        lead.settle(Outcome::Entry(Arc::clone(&entry)));
        lead.share(lookup.cache, &entry);
    }
    let now = SystemTime::now();
    let said = CacheStatus { ttl: Some(entry.freshness.ttl(now)), stored: true, ..said };
    serve(&entry, None, lookup.asked, &said, now)
}

/// An answer for the one who asked. What it takes the place of is forgotten, unless it is an error.
fn not_kept(lead: Option<&Leading>, lookup: &Lookup<'_>, mut reply: Reply) -> Reply {
    if let Some(lead) = lead {
        lookup.cache.pass(lookup.key, Instant::now());
        lead.settle(Outcome::NotShared);
    }
    if let Some(stored) = lookup.stored.as_ref().filter(|_| lookup.ask.method == Method::GET)
        && !reply.status.is_server_error()
    {
        lookup.cache.store().remove(lookup.key, stored);
    }
    reply.headers.insert(CACHE_STATUS, CacheStatus::forwarded(lookup.reason).field());
    reply
}

/// The stored answer in the place of a failure, where that is allowed (RFC 5861 §4).
fn on_error(lead: Option<&Leading>, lookup: &Lookup<'_>, answered: Option<StatusCode>) -> Option<Reply> {
    let now = SystemTime::now();
    let entry = lookup.stored.as_ref()?;
    let generations = lookup.cache.generations();
    let may_be_used = generations.is_not_outdated(&entry.reading, lookup.reading, Instant::now());
    if !entry.freshness.may_serve_on_error(now) || !may_be_used {
        return None;
    }
    if let Some(lead) = lead {
        lead.settle(Outcome::OnError(Arc::clone(entry)));
    }
    let said = CacheStatus {
        upstream: answered,
        ttl: Some(entry.freshness.ttl(now)),
        detail: Some(ON_ERROR),
        ..CacheStatus::forwarded(lookup.reason)
    };
    Some(serve(entry, None, lookup.asked, &said, now))
}

/// A failure for whoever waits as well.
fn share(lead: Option<&Leading>, failure: Failure) -> Failure {
    let Some(lead) = lead else { return failure };
    let failure = Arc::new(failure);
    lead.settle(Outcome::Failed(Arc::clone(&failure)));
    Failure::Collapsed(failure)
}
