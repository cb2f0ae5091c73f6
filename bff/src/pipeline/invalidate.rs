//! Requests that change something: the stored answers that they outdate, and the one answer to them that may be kept.

use std::{
    mem,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{HeaderName, Method, header};
use tokio::task::JoinHandle;

use super::{
    admitted::Admitted,
    cached_origin::CachedOrigin,
    lookup::Lookup,
    parameters::only,
    storable::{new_entry, storable},
    timed::Timed,
};
use crate::failure::Failure;
use http_cache::{buckets::Subject, entry::Entry, generations::Reading, status::Forwarded};
use http_message::{HeaderBlock, Reply, ReplyBody, RequestBody};

impl CachedOrigin {
    /// Sends a request that no stored answer can answer.
    pub(super) async fn change(&self, admitted: &Admitted, body: RequestBody) -> Timed<Reply> {
        let sent = SystemTime::now();
        let cache = self.cache.as_ref().filter(|_| admitted.method == Method::POST);
        // With another change in between, the last of them cannot be known. Among replicas this process's own change
        // cannot be told from others': there the answer serves for validation.
        let reading = cache.map(|cache| {
            cache
                .generations()
                .read(&admitted.target, &admitted.route.tags, Instant::now())
                .after_own_change()
        });
        let unanswered = Unanswered { cached: self, admitted };
        let Timed { result, upstream_time } =
            self.origin.send(admitted, self.origin.headers(admitted), body, &|_, _| ()).await;
        let responded = match result {
            Ok(answer) => self.origin.respond(answer, admitted).await,
            Err(failure) => Err(failure),
        };
        let (result, upstream) = match responded {
            Ok((reply, upstream)) => (Ok(reply), upstream),
            Err(failure) => (Err(failure), HeaderBlock::new()),
        };
        unanswered.answered();
        if !admitted.method.is_safe()
            && may_have_changed(&result)
            && let Some(writing) = self.invalidate(admitted, result.as_ref().ok())
        {
            // The task ends with the change written, or kept until it can be.
            let _ = writing.await;
        }
        if let Ok(reply) = &result
            && let Some(reading) = reading
            && reply.status.is_success()
        {
            self.keep_representation(admitted, reply, &upstream, sent, &reading);
        }
        Timed { result, upstream_time }
    }

    /// Invalidates the subjects of an unsafe request (RFC 9111 §4.4) at all replicas. They are its target, the targets
    /// on the same server that its answer points to, and the route's tags. The other replicas know when the task has
    /// ended.
    fn invalidate(&self, admitted: &Admitted, reply: Option<&Reply>) -> Option<JoinHandle<()>> {
        let pointed_to = [header::LOCATION, header::CONTENT_LOCATION];
        let pointed_to =
            pointed_to.iter().filter_map(|name| reply.and_then(|reply| self.target_of(reply, name)));
        let counted = admitted.route.query.as_deref().map(|names| only(&admitted.target, names));
        let targets = std::iter::once(admitted.target.as_str()).chain(counted.as_deref()).chain(pointed_to);
        let targets = targets.map(Subject::Target);
        let tags = admitted.route.invalidates.iter().map(|tag| Subject::Tag(tag));
        let subjects: Vec<Subject<'_>> = targets.chain(tags).collect();
        if let Some(numbers) = &self.numbers {
            return Some(numbers.change(&subjects));
        }
        if let Some(cache) = &self.cache {
            cache.generations().change(&subjects);
        }
        None
    }

    /// The target that a field of an answer points to. Such fields have been mapped: an address that is not below the
    /// API's is on another server.
    fn target_of<'a>(&self, reply: &'a Reply, name: &HeaderName) -> Option<&'a str> {
        let target = reply.headers.get(name)?.to_str().ok()?.strip_prefix(self.origin.mount())?;
        target.split('#').next()
    }

    /// Stores the answer to a POST that claims to be that of a GET of the same target (RFC 9110 §9.3.3). It lives for
    /// as long as the upstream itself says.
    fn keep_representation(
        &self,
        admitted: &Admitted,
        reply: &Reply,
        upstream: &HeaderBlock,
        sent: SystemTime,
        reading: &Reading,
    ) {
        // There a GET is sent less than this request was.
        let is_less = admitted.is_kept_by_route() || admitted.route.query.is_some();
        let same_route = admitted.route.methods.contains(&Method::GET) && !is_less;
        let same_target = self.target_of(reply, &header::CONTENT_LOCATION) == Some(&admitted.target);
        let (true, ReplyBody::Full(content)) = (same_route && same_target, &reply.body) else { return };
        let Some((cache, key)) = self.key_of(admitted) else { return };
        let admitted = Admitted { method: Method::GET, ..admitted.clone() };
        let cache_request = admitted.cache_request();
        let lookup = Lookup {
            cache: &cache,
            key: &key,
            budget: &self.budget,
            admitted: &admitted,
            cache_request: &cache_request,
            reading,
            stored: None,
            reason: Forwarded::UriMiss,
        };
        let Some(storable) = storable(&lookup, reply.status, upstream, sent) else { return };
        let entry = new_entry(&lookup, reply.status, &reply.headers, upstream, storable);
        if !entry.freshness.by_route && !cache_request.no_store() {
            cache.store().put(&key, Arc::new(Entry { body: content.clone(), ..entry }));
        }
    }
}

/// A request whose effect is not known yet. If its browser leaves, the effect stays unknown: the upstream may have
/// done its work all the same. Dropping this therefore invalidates.
struct Unanswered<'a> {
    cached: &'a CachedOrigin,
    admitted: &'a Admitted,
}

impl Unanswered<'_> {
    fn answered(self) {
        mem::forget(self);
    }
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if !self.admitted.method.is_safe() {
            self.cached.invalidate(self.admitted, None);
        }
    }
}

/// Whether an unsafe request may have changed something. It may have where its effect is not known.
fn may_have_changed(outcome: &Result<Reply, Failure>) -> bool {
    match outcome {
        Ok(reply) => reply.status.is_success() || reply.status.is_redirection(),
        Err(Failure::UpstreamStatus(..)) => false,
        Err(_) => true,
    }
}
