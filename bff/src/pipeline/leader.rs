//! Leader election for a cache miss: one flight for each key in this process, one lease for each key across replicas.
//!
//! Those that wait are released by the head of the leader's answer at the latest, unless it says that they may have the
//! answer. No request is answered later than it would be alone but for the time up to that head.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::Method;
use tokio::time::timeout_at;

use super::{cached_origin::CachedOrigin, lookup::Lookup, timed::Timed};
use crate::replicas::second_level::{FetchLease, Offer, Wanted};
use http_cache::{
    Cache,
    entry::{Entry, Use},
    flight::{Lead, Outcome},
    key::Partition,
    serve::serve,
    status::{CacheStatus, SHARED},
};
use http_message::Reply;

/// The leader: a request that asks the upstream for itself alone, or for all that wait for the same.
pub(super) struct Leader {
    flight: Option<Lead>,
    /// The lease across replicas, where they may have the answer.
    lease: Option<FetchLease>,
}

impl Leader {
    /// A request whose answer is of no use to others.
    pub(super) const fn alone() -> Self {
        Self { flight: None, lease: None }
    }

    /// Whether others may wait for the answer.
    pub(super) const fn is_followed(&self) -> bool {
        self.flight.is_some()
    }

    /// Gives those that wait here the outcome.
    pub(super) fn settle(&self, outcome: Outcome) {
        if let Some(flight) = &self.flight {
            flight.settle(outcome);
        }
    }

    /// Releases all that wait, here and at other replicas: each asks for itself.
    pub(super) fn release(&self) {
        self.settle(Outcome::NotShared);
        if let Some(lease) = &self.lease {
            lease.release();
        }
    }

    /// Gives other replicas an entry that has just been stored, unless this process has changed it meanwhile.
    pub(super) fn share(&self, cache: &Cache, entry: &Entry) {
        let lease = self.lease.as_ref();
        if let Some(lease) = lease.filter(|_| cache.generations().is_unchanged_here(&entry.reading)) {
            lease.keep(entry, SystemTime::now());
        }
    }
}

impl CachedOrigin {
    /// Answers with an entry that another replica has fetched, or asks the upstream.
    pub(super) async fn lead(self: &Rc<Self>, flight: Lead, lookup: Lookup<'_>) -> Timed<Reply> {
        let lease = match self.ask_others(&lookup).await {
            Offer::Answer(entry) if is_usable(&entry, &lookup) => {
                lookup.cache.store().put(lookup.key, Arc::clone(&entry));
                flight.settle(Outcome::Entry(Arc::clone(&entry)));
                let now = SystemTime::now();
                let ttl = Some(entry.freshness.ttl(now));
                let said = CacheStatus { ttl, detail: Some(SHARED), ..CacheStatus::default() };
                return Timed::at_once(Ok(serve(&entry, None, lookup.cache_request, &said, now)));
            }
            Offer::Fetch(lease) => Some(lease),
            Offer::Answer(_) | Offer::Alone => None,
        };
        // The wait for another replica's answer is none for the upstream.
        lookup.admitted.begin_anew();
        self.fetch(Leader { flight: Some(flight), lease }, lookup).await
    }

    async fn ask_others(&self, lookup: &Lookup<'_>) -> Offer {
        let admitted = lookup.admitted;
        // An answer to a session, or to credentials in a field, belongs to that client alone.
        let anybodys = lookup.key.partition == Partition::Shared && !lookup.cache_request.has_credentials();
        let second_level = self.second_level.as_ref().filter(|_| anybodys && admitted.method == Method::GET);
        let Some(second_level) = second_level else { return Offer::Alone };
        let terms = format!("{:?} {:?} {:?}", admitted.route, admitted.select(), lookup.key.fields);
        let time = admitted.deadline.get().due().saturating_duration_since(tokio::time::Instant::now());
        let wanted = Wanted { target: &admitted.target, terms: &terms, reading: lookup.reading, time };
        timeout_at(admitted.deadline.get().due(), Box::pin(second_level.find(&wanted)))
            .await
            .unwrap_or(Offer::Alone)
    }
}

fn is_usable(entry: &Entry, lookup: &Lookup<'_>) -> bool {
    let fits =
        entry.fits(lookup.cache_request) && lookup.cache.is_current(entry, lookup.reading, Instant::now());
    fits && entry.usable(lookup.cache_request, SystemTime::now()) == Use::Fresh
}
