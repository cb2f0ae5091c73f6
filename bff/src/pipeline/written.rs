//! Requests that change something: what they take out of use, and the one answer to them that may be kept.

use std::{
    mem,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{HeaderName, Method, header};
use tokio::task::JoinHandle;

use super::{
    ask::Ask,
    forward::{Forward, Spent},
    keep::new_entry,
    lookup::Lookup,
};
use crate::{
    cache::{buckets::Subject, entry::Entry, generations::Reading, request::Asked, status::Forwarded},
    failure::Failure,
    message::{HeaderBlock, Reply, ReplyBody, RequestBody},
};

impl Forward {
    /// Sends a request that no stored answer can answer.
    pub(super) async fn write(
        &self,
        ask: &Ask,
        body: RequestBody,
        spent: &mut Spent,
    ) -> Result<Reply, Failure> {
        let mut upstream = HeaderBlock::new();
        let sent = SystemTime::now();
        let cache = self.cache.as_ref().filter(|_| ask.method == Method::POST);
        // Where another change comes between, nobody can tell which was the last. Among replicas its own cannot be told
        // from others': there the answer serves for validation.
        let reading = cache.map(|cache| {
            cache.generations().read(&ask.target, &ask.route.tags, Instant::now()).after_own_change()
        });
        let unanswered = Unanswered { forward: self, ask };
        let outcome = match self.send(ask, self.headers(ask), body, spent).await {
            Ok(answer) => {
                upstream.clone_from(&answer.headers);
                self.respond(answer, ask).await
            }
            Err(failure) => Err(failure),
        };
        unanswered.answered();
        if !ask.method.is_safe()
            && may_have_changed(&outcome)
            && let Some(writing) = self.invalidate(ask, outcome.as_ref().ok())
        {
            // It ends with the change written, or kept until it can be.
            let _ = writing.await;
        }
        if let Ok(reply) = &outcome
            && let Some(reading) = reading
            && reply.status.is_success()
        {
            self.keep_representation(ask, reply, &upstream, sent, &reading);
        }
        outcome
    }

    /// Takes out of use what an unsafe request has changed (RFC 9111 §4.4), at all replicas: its target, what its
    /// answer points to on the same server, and the route's tags. The others know when the task has ended.
    fn invalidate(&self, ask: &Ask, reply: Option<&Reply>) -> Option<JoinHandle<()>> {
        let pointed_to = [header::LOCATION, header::CONTENT_LOCATION];
        let pointed_to = pointed_to.iter().filter_map(|name| reply.and_then(|reply| target_of(reply, name)));
        let targets = std::iter::once(ask.target.as_str()).chain(pointed_to).map(Subject::Target);
        let tags = ask.route.invalidates.iter().map(|tag| Subject::Tag(tag));
        let subjects: Vec<Subject<'_>> = targets.chain(tags).collect();
        if let Some(numbers) = &self.numbers {
            return Some(numbers.change(&subjects));
        }
        if let Some(cache) = &self.cache {
            cache.generations().change(&subjects);
        }
        None
    }

    /// Keeps the answer to a POST that says it is what a GET of the same target would give (RFC 9110 §9.3.3), for how
    /// long the upstream itself says.
    fn keep_representation(
        &self,
        ask: &Ask,
        reply: &Reply,
        upstream: &HeaderBlock,
        sent: SystemTime,
        reading: &Reading,
    ) {
        let same_route = ask.route.methods.contains(&Method::GET);
        let same_target = target_of(reply, &header::CONTENT_LOCATION) == Some(&ask.target);
        let (true, ReplyBody::Full(content)) = (same_route && same_target, &reply.body) else { return };
        let Some((cache, key)) = self.place(ask) else { return };
        let ask = Ask { method: Method::GET, ..ask.clone() };
        let asked = Asked::new(&ask.method, &ask.headers, ask.session.is_some());
        let lookup = Lookup {
            cache: &cache,
            key: &key,
            ask: &ask,
            asked: &asked,
            reading,
            stored: None,
            reason: Forwarded::UriMiss,
        };
        let entry = new_entry(&lookup, reply.status, &reply.headers, upstream, sent);
        if let Some(entry) = entry.filter(|entry| !entry.freshness.by_route && !asked.no_store()) {
            cache.store().put(&key, Arc::new(Entry { body: content.clone(), ..entry }));
        }
    }
}

/// A request of which nobody knows yet what it did. Where its browser leaves, nobody will: the upstream may have done
/// it all the same.
struct Unanswered<'a> {
    forward: &'a Forward,
    ask: &'a Ask,
}

impl Unanswered<'_> {
    fn answered(self) {
        mem::forget(self);
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if !self.ask.method.is_safe() {
            self.forward.invalidate(self.ask, None);
        }
    }
}

/// Whether an unsafe request may have changed something: where nobody knows what the upstream did, it may have.
fn may_have_changed(outcome: &Result<Reply, Failure>) -> bool {
    match outcome {
        Ok(reply) => reply.status.is_success() || reply.status.is_redirection(),
        Err(Failure::UpstreamStatus(_)) => false,
        Err(_) => true,
    }
}

/// The target that a field of an answer points to. Such fields have been mapped: what is not below the API's address
/// is on another server.
fn target_of<'a>(reply: &'a Reply, name: &HeaderName) -> Option<&'a str> {
    let target = reply.headers.get(name)?.to_str().ok()?.strip_prefix(shared::API_BASE)?;
    target.split('#').next()
}
