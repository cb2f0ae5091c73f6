//! Requests that change something: what they take out of use, and the one answer to them that may be kept.

use std::{
    mem,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{HeaderMap, HeaderName, Method, header};

use super::{
    ask::Ask,
    forward::{Forward, Spent},
    keep::{Sent, new_entry},
    lookup::Lookup,
};
use crate::{
    cache::{buckets::Subject, entry::Entry, request::Asked, status::Forwarded},
    exchange::RequestBody,
    replicas::changes::Telling,
    response::{Reply, ReplyBody, problem::Failure},
};

impl Forward {
    /// Sends a request that no stored answer can answer.
    pub(super) async fn write(
        &self,
        ask: &Ask,
        body: RequestBody,
        spent: &mut Spent,
    ) -> Result<Reply, Failure> {
        let mut upstream = HeaderMap::new();
        let sent = self.cache.as_ref().map(|cache| Sent {
            at: SystemTime::now(),
            // After its own change. Where there is another one until then, nobody can tell which of the two was the last.
            epoch: cache.stamps().epoch(Instant::now()).next(),
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
        if !ask.method.is_safe() && may_have_changed(&outcome) {
            self.invalidate(ask, outcome.as_ref().ok()).wait().await;
        }
        if let Ok(reply) = &outcome
            && ask.method == Method::POST
            && reply.status.is_success()
        {
            self.keep_representation(ask, reply, &upstream, sent);
        }
        outcome
    }

    /// Takes out of use what an unsafe request has changed (RFC 9111 §4.4), at all replicas: its target, what its
    /// answer points to on the same server, and the route's tags.
    fn invalidate(&self, ask: &Ask, reply: Option<&Reply>) -> Telling {
        let pointed_to = [header::LOCATION, header::CONTENT_LOCATION];
        let pointed_to = pointed_to.iter().filter_map(|name| reply.and_then(|reply| target_of(reply, name)));
        let targets = std::iter::once(ask.target.as_str()).chain(pointed_to).map(Subject::Target);
        let tags = ask.route.invalidates.iter().map(|tag| Subject::Tag(tag));
        let subjects: Vec<Subject<'_>> = targets.chain(tags).collect();
        if let Some(changes) = &self.changes {
            return changes.happened(&subjects);
        }
        if let Some(cache) = &self.cache {
            cache.stamps().change(&subjects);
        }
        Telling::default()
    }

    /// Keeps the answer to a POST that says it is what a GET of the same target would give (RFC 9110 §9.3.3), for how
    /// long the upstream itself says.
    fn keep_representation(&self, ask: &Ask, reply: &Reply, upstream: &HeaderMap, sent: Option<Sent>) {
        let same_route = ask.route.methods.contains(&Method::GET);
        let same_target = target_of(reply, &header::CONTENT_LOCATION) == Some(&ask.target);
        let (true, ReplyBody::Full(content)) = (same_route && same_target, &reply.body) else { return };
        let Some(((cache, key), sent)) = self.place(ask).zip(sent) else { return };
        let ask = Ask { method: Method::GET, ..ask.clone() };
        let asked = Asked::new(&ask.method, &ask.headers, ask.session.is_some());
        let lookup = Lookup {
            cache: &cache,
            key: &key,
            ask: &ask,
            asked: &asked,
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
