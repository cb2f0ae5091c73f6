//! From the cache, through a flight, or past both: what is done with a request that has been let in.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::Method;
use tokio::{sync::watch, time::timeout_at};

use super::{
    ask::Ask,
    forward::{Forward, Spent},
    lookup::{CONDITIONS, Lookup},
};
use crate::{
    cache::{
        Cache,
        entry::{Entry, Use},
        flight::{Outcome, Part, Stage, outcome},
        generations::Reading,
        key::{Key, Partition},
        request::Asked,
        serve::serve,
        status::{CACHE_STATUS, CacheStatus, Forwarded, MAX_STALE, ON_ERROR, WHILE_REVALIDATING},
    },
    failure::Failure,
    message::{Reply, RequestBody},
    telemetry::trace::carry,
    upstream::{UpstreamError, deadline::Deadline, error::Phase},
};

/// How often somebody looks again whose leader has left, before asking alone.
const ROUNDS: usize = 8;

/// Which way a request takes.
pub(super) enum Way {
    /// To the upstream: it may change something.
    Change,
    /// To the upstream, past the cache.
    Past(Forwarded),
    /// Through the cache, judged by this reading.
    Cache(Arc<Cache>, Key, Reading),
}

impl Forward {
    /// The way of a request, and the numbers of what it is about where it asks the cache.
    pub(super) async fn way(&self, ask: &Ask, body: &RequestBody) -> Way {
        if !matches!(ask.method, Method::GET | Method::HEAD) {
            return Way::Change;
        }
        let asked = Asked::new(&ask.method, &ask.headers, ask.session.is_some());
        match self.place(ask).filter(|_| matches!(body, RequestBody::None)) {
            None => Way::Past(Forwarded::Bypass),
            Some(_) if asked.no_store() || asked.has_precondition() => Way::Past(Forwarded::Request),
            Some((cache, key)) => {
                let reading = cache.generations().read(&ask.target, &ask.route.tags, Instant::now());
                let reading = match &self.numbers {
                    Some(numbers) => numbers.complete(reading).await,
                    None => reading,
                };
                Way::Cache(cache, key, reading)
            }
        }
    }

    /// Answers a request.
    pub(super) async fn answer(
        self: &Rc<Self>,
        ask: Ask,
        body: RequestBody,
        way: Way,
        spent: &mut Spent,
    ) -> Result<Reply, Failure> {
        let reason = match way {
            Way::Change => return self.write(&ask, body, spent).await,
            Way::Past(reason) => reason,
            Way::Cache(cache, key, reading) => {
                let asked = Asked::new(&ask.method, &ask.headers, ask.session.is_some());
                return self.look_up(&cache, &key, &ask, &asked, &reading, spent).await;
            }
        };
        let mut reply = self.past(&ask, body, spent).await?;
        reply.headers.insert(CACHE_STATUS, CacheStatus::forwarded(reason).field());
        Ok(reply)
    }

    /// Where answers to a request are kept; `None`: nowhere. A session's are kept for that session, and only where
    /// the route says so.
    pub(super) fn place(&self, ask: &Ask) -> Option<(Arc<Cache>, Key)> {
        let cache = self.cache.clone()?;
        let partition = match &ask.session {
            None => Partition::Shared,
            Some(session) if ask.route.cache.as_ref().is_some_and(|policy| policy.private) => {
                Partition::Session(session.key.as_bytes().as_slice().into())
            }
            Some(_) => return None,
        };
        Some((cache, Key { partition, target: ask.target.clone() }))
    }

    /// Asks the upstream without looking at the cache.
    async fn past(&self, ask: &Ask, body: RequestBody, spent: &mut Spent) -> Result<Reply, Failure> {
        let answer = self.send(ask, self.headers(ask), body, spent).await?;
        self.respond(answer, ask).await
    }

    async fn look_up(
        self: &Rc<Self>,
        cache: &Arc<Cache>,
        key: &Key,
        ask: &Ask,
        asked: &Asked<'_>,
        reading: &Reading,
        spent: &mut Spent,
    ) -> Result<Reply, Failure> {
        let mut may_look_again = true;
        for _ in 0..ROUNDS {
            let now = SystemTime::now();
            let found = cache.find(key, asked);
            let usable = match &found.entry {
                Some(entry) if cache.is_current(entry, reading, Instant::now()) => {
                    Some(entry.usable(asked, now))
                }
                Some(_) => Some(Use::Validate),
                None => None,
            };
            if let Some((entry, usable)) = found.entry.as_ref().zip(usable)
                && let Some(detail) = detail(usable)
            {
                if usable == Use::WhileRevalidating {
                    self.revalidate_behind(cache, key, ask, reading, entry);
                }
                let ttl = Some(entry.freshness.ttl(now));
                let said = CacheStatus { ttl, detail, ..CacheStatus::default() };
                return Ok(serve(entry, None, asked, &said, now));
            }
            if asked.only_if_cached() {
                return Err(Failure::NotCached);
            }
            let reason = match usable {
                Some(Use::ValidateForClient) => Forwarded::Request,
                Some(_) => Forwarded::Stale,
                None if found.other => Forwarded::VaryMiss,
                None => Forwarded::UriMiss,
            };
            let lookup = Lookup { cache, key, ask, asked, reading, stored: found.entry, reason };
            if lookup.goes_alone() {
                return self.fetch(None, lookup, spent).await;
            }
            match cache.join(key, reading, Instant::now()) {
                Part::Lead(_) if lookup.is_outrun() => {}
                Part::Lead(lead) => return self.lead(lead, lookup, spent).await,
                Part::Follow(flight) => match self.follow(flight, lookup, spent).await {
                    // It may have been for something in the leader's request alone.
                    Some(Err(failure)) if may_look_again && failure.is_the_upstreams() => {
                        may_look_again = false;
                    }
                    Some(followed) => return followed,
                    None => {}
                },
            }
        }
        let lookup = Lookup { cache, key, ask, asked, reading, stored: None, reason: Forwarded::UriMiss };
        self.fetch(None, lookup, spent).await
    }

    /// Fetches a newer answer in the background, unless somebody does already.
    fn revalidate_behind(
        self: &Rc<Self>,
        cache: &Arc<Cache>,
        key: &Key,
        ask: &Ask,
        reading: &Reading,
        entry: &Arc<Entry>,
    ) {
        let Part::Lead(lead) = cache.join(key, reading, Instant::now()) else { return };
        let reading = reading.clone();
        let (this, cache, key, stored) = (Rc::clone(self), Arc::clone(cache), key.clone(), Arc::clone(entry));
        let deadline = Deadline::start(&self.deadlines, ask.route.timeout);
        let mut ask = Ask { method: Method::GET, deadline, ..ask.clone() };
        for name in CONDITIONS {
            // The answer is for the store, and not for this browser.
            ask.headers.remove(name);
        }
        actix_rt::spawn(carry(async move {
            let asked = Asked::new(&ask.method, &ask.headers, ask.session.is_some());
            let lookup = Lookup {
                cache: &cache,
                key: &key,
                ask: &ask,
                asked: &asked,
                reading: &reading,
                stored: Some(stored),
                reason: Forwarded::Stale,
            };
            if lookup.is_outrun() {
                return;
            }
            match this.lead(lead, lookup, &mut None).await {
                // Nobody else may be reading it: it is stored once it has been read.
                Ok(reply) => reply.body.drain().await,
                Err(failure) => {
                    tracing::warn!(request_id = %ask.id, %failure, "a stale answer could not be revalidated");
                }
            }
        }));
    }

    /// Waits for somebody else's answer; `None`: there will be none, look again.
    async fn follow(
        self: &Rc<Self>,
        flight: watch::Receiver<Stage>,
        lookup: Lookup<'_>,
        spent: &mut Spent,
    ) -> Option<Result<Reply, Failure>> {
        let Ok(settled) = timeout_at(lookup.ask.deadline.total(), outcome(flight)).await else {
            return Some(Err(UpstreamError::Timeout(Phase::Head).into()));
        };
        let outcome = settled?;
        let shared = match &outcome {
            Outcome::Failed(failure) => return Some(Err(Failure::Collapsed(Arc::clone(failure)))),
            Outcome::NotShared => None,
            Outcome::Entry(entry) => Some((entry, None, None)),
            Outcome::OnError(entry) => Some((entry, None, Some(ON_ERROR))),
            Outcome::Streaming(streaming) => streaming.body().map(|body| (&streaming.head, Some(body), None)),
        };
        let now = SystemTime::now();
        let shared = shared.filter(|(entry, _, detail)| {
            let good = detail.is_some() || entry.freshness.is_fresh(now);
            good && entry.fits(lookup.asked) && !lookup.asked.rejects(&entry.freshness, now)
        });
        let Some((entry, body, detail)) = shared else {
            return Some(self.fetch(None, lookup, spent).await);
        };
        let said = CacheStatus {
            collapsed: true,
            ttl: Some(entry.freshness.ttl(now)),
            detail,
            ..CacheStatus::forwarded(lookup.reason)
        };
        Some(Ok(serve(entry, body, lookup.asked, &said, now)))
    }
}

/// What is said of a stored answer that may be served; `None` where it may not.
const fn detail(usable: Use) -> Option<Option<&'static str>> {
    match usable {
        Use::Fresh => Some(None),
        Use::Tolerated => Some(Some(MAX_STALE)),
        Use::WhileRevalidating => Some(Some(WHILE_REVALIDATING)),
        Use::Validate | Use::ValidateForClient => None,
    }
}
