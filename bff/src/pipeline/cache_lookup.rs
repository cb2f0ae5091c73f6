//! Cache lookup: answers an admitted request from the cache, through a flight, or past both.

use std::{
    cell::Cell,
    rc::Rc,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::{Method, header};
use tokio::{sync::watch, time::timeout_at};

use super::{
    admitted::Admitted,
    leader::Leader,
    lookup::{CONDITIONS, Lookup},
    timed::Timed,
};
use crate::{failure::Failure, pipeline::cached_origin::CachedOrigin};
use http_cache::{
    Cache,
    entry::{Entry, Use},
    flight::{Outcome, Part, Stage, outcome},
    generations::Reading,
    key::Key,
    request::CacheRequest,
    serve::serve,
    status::{CACHE_STATUS, CacheStatus, Forwarded, MAX_STALE, ON_ERROR, WHILE_REVALIDATING},
};
use http_message::{Reply, RequestBody};
use telemetry::trace::carry;
use upstream::deadline::Deadline;

/// How often a request looks again after its leader has left, before it asks for itself.
const ROUNDS: usize = 2;

/// The way that a request takes.
pub(super) enum Plan<'a> {
    /// To the upstream: it may change something.
    Change,
    /// To the upstream, past the cache.
    Past(Forwarded),
    /// Through the cache, judged by this reading.
    Cache(Arc<Cache>, Key, CacheRequest<'a>, Reading),
}

impl CachedOrigin {
    /// The way of a request, and the numbers of its subjects where it asks the cache.
    pub(super) async fn plan<'a>(&self, admitted: &'a Admitted, body: &RequestBody) -> Plan<'a> {
        if !matches!(admitted.method, Method::GET | Method::HEAD) {
            return Plan::Change;
        }
        let cache_request = admitted.cache_request();
        match self.key_of(admitted).filter(|_| matches!(body, RequestBody::None)) {
            None => Plan::Past(Forwarded::Bypass),
            Some(_) if cache_request.no_store() || cache_request.has_precondition() => {
                Plan::Past(Forwarded::Request)
            }
            // What a client gets by its own credentials is not the same for everybody, whatever the upstream says.
            Some(_)
                if admitted.is_kept_by_route()
                    && cache_request.has_credentials()
                    && !cache_request.only_if_cached() =>
            {
                Plan::Past(Forwarded::Bypass)
            }
            Some((cache, key)) => {
                let tags = &admitted.route.tags;
                let reading = cache.generations().read(&admitted.target, tags, Instant::now());
                let reading = match &self.numbers {
                    Some(numbers) => numbers.complete(reading).await,
                    None => reading,
                };
                Plan::Cache(cache, key, cache_request, reading)
            }
        }
    }

    /// Answers a request by its plan. All that asks the upstream is boxed: the future of a hit then is a fifth as large,
    /// and every request pays for the memory of its future.
    pub(super) async fn answer(
        self: &Rc<Self>,
        admitted: &Admitted,
        body: RequestBody,
        plan: Plan<'_>,
    ) -> Timed<Reply> {
        match plan {
            Plan::Change => Box::pin(self.change(admitted, body)).await,
            Plan::Past(reason) => Box::pin(self.go_past(admitted, body, reason)).await,
            Plan::Cache(cache, key, cache_request, reading) => {
                self.look_up(&cache, &key, admitted, &cache_request, &reading).await
            }
        }
    }

    /// Asks the upstream with all of the request's fields, and keeps nothing of the answer.
    async fn go_past(&self, admitted: &Admitted, body: RequestBody, reason: Forwarded) -> Timed<Reply> {
        self.origin.fetch(admitted, body).await.map(|result| {
            let mut reply = result?;
            reply.headers.insert(CACHE_STATUS, CacheStatus::forwarded(reason).field());
            Ok(reply)
        })
    }

    /// Serves the stored answer where it may be used; else leads a flight, follows one, or asks alone.
    async fn look_up(
        self: &Rc<Self>,
        cache: &Arc<Cache>,
        key: &Key,
        admitted: &Admitted,
        cache_request: &CacheRequest<'_>,
        reading: &Reading,
    ) -> Timed<Reply> {
        for _ in 0..ROUNDS {
            let now = SystemTime::now();
            let found = cache.find(key, cache_request);
            let usable = match &found.entry {
                Some(entry) if cache.is_current(entry, reading, Instant::now()) => {
                    Some(entry.usable(cache_request, now))
                }
                Some(_) => Some(Use::Validate),
                None => None,
            };
            if let Some((entry, usable)) = found.entry.as_ref().zip(usable)
                && let Some(detail) = detail(usable)
            {
                if usable == Use::WhileRevalidating {
                    self.revalidate_behind(cache, key, admitted, reading, entry);
                }
                let ttl = Some(entry.freshness.ttl(now));
                let said = CacheStatus { ttl, detail, ..CacheStatus::default() };
                return Timed::at_once(Ok(serve(entry, None, cache_request, &said, now)));
            }
            if cache_request.only_if_cached() {
                return Timed::at_once(Err(Failure::NotCached));
            }
            let reason = match usable {
                Some(Use::ValidateForClient) => Forwarded::Request,
                Some(_) => Forwarded::Stale,
                None if found.other => Forwarded::VaryMiss,
                None => Forwarded::UriMiss,
            };
            if usable.is_none() && admitted.is_kept_by_route() && admitted.headers.contains_key(header::RANGE)
            {
                // The field is in no key, and the whole may be much more than the part.
                return Box::pin(self.go_past(admitted, RequestBody::None, reason)).await;
            }
            let budget = &self.budget;
            let stored = found.entry;
            let lookup = Lookup { cache, key, budget, admitted, cache_request, reading, stored, reason };
            if lookup.goes_alone() {
                return Box::pin(self.fetch(Leader::alone(), lookup)).await;
            }
            match cache.join(key, reading, Instant::now()) {
                Part::Lead(_) if lookup.is_outrun() => {}
                Part::Lead(lead) => return Box::pin(self.lead(lead, lookup)).await,
                Part::Follow(flight) => {
                    if let Some(followed) = Box::pin(self.follow(flight, lookup)).await {
                        return followed;
                    }
                }
            }
        }
        let lookup = Lookup {
            cache,
            key,
            budget: &self.budget,
            admitted,
            cache_request,
            reading,
            stored: None,
            reason: Forwarded::UriMiss,
        };
        Box::pin(self.fetch(Leader::alone(), lookup)).await
    }

    /// Fetches a newer answer in the background, unless another flight does already.
    fn revalidate_behind(
        self: &Rc<Self>,
        cache: &Arc<Cache>,
        key: &Key,
        admitted: &Admitted,
        reading: &Reading,
        entry: &Arc<Entry>,
    ) {
        let Part::Lead(lead) = cache.join(key, reading, Instant::now()) else { return };
        let reading = reading.clone();
        let (this, cache, key, stored) = (Rc::clone(self), Arc::clone(cache), key.clone(), Arc::clone(entry));
        let deadline = Deadline::start(&self.origin.deadlines(&admitted.route));
        let mut admitted =
            Admitted { method: Method::GET, deadline: Cell::new(deadline), ..admitted.clone() };
        for name in CONDITIONS {
            // The answer is for the store, and not for this browser.
            admitted.headers.remove(name);
        }
        actix_rt::spawn(carry(async move {
            let cache_request = admitted.cache_request();
            let lookup = Lookup {
                cache: &cache,
                key: &key,
                budget: &this.budget,
                admitted: &admitted,
                cache_request: &cache_request,
                reading: &reading,
                stored: Some(stored),
                reason: Forwarded::Stale,
            };
            if lookup.is_outrun() {
                return;
            }
            match this.lead(lead, lookup).await.result {
                // There may be no other reader: the answer is stored once it has been read.
                Ok(reply) => reply.body.drain().await,
                Err(failure) => {
                    tracing::warn!(request_id = %admitted.context.id, %failure, "a stale answer could not be revalidated");
                }
            }
        }));
    }

    /// Waits for the head of the leader's answer, and asks for itself where it may not have that answer. `None`: the
    /// leader has left, look again.
    async fn follow(
        self: &Rc<Self>,
        flight: watch::Receiver<Stage>,
        lookup: Lookup<'_>,
    ) -> Option<Timed<Reply>> {
        // The leader began earlier, and has the same time. Only a batch's own end may come before that.
        let settled = timeout_at(lookup.admitted.deadline.get().due(), outcome(flight)).await;
        lookup.admitted.begin_anew();
        let outcome = settled.unwrap_or(Some(Outcome::NotShared))?;
        let shared = match &outcome {
            Outcome::NotShared => None,
            Outcome::Entry(entry) => Some((entry, None, None)),
            Outcome::OnError(entry) => Some((entry, None, Some(ON_ERROR))),
            Outcome::Streaming(streaming) => streaming.body().map(|body| (&streaming.head, Some(body), None)),
        };
        let now = SystemTime::now();
        let shared = shared.filter(|(entry, _, detail)| {
            let good = detail.is_some() || entry.freshness.is_fresh(now);
            good && entry.fits(lookup.cache_request) && !lookup.cache_request.rejects(&entry.freshness, now)
        });
        let Some((entry, body, detail)) = shared else {
            return Some(self.fetch(Leader::alone(), lookup).await);
        };
        let said = CacheStatus {
            collapsed: true,
            ttl: Some(entry.freshness.ttl(now)),
            detail,
            ..CacheStatus::forwarded(lookup.reason)
        };
        Some(Timed::at_once(Ok(serve(entry, body, lookup.cache_request, &said, now))))
    }
}

/// The `Cache-Status` detail of a stored answer that may be served; `None` where it may not.
const fn detail(usable: Use) -> Option<Option<&'static str>> {
    match usable {
        Use::Fresh => Some(None),
        Use::Tolerated => Some(Some(MAX_STALE)),
        Use::WhileRevalidating => Some(Some(WHILE_REVALIDATING)),
        Use::Validate | Use::ValidateForClient => None,
    }
}
