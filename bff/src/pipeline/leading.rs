//! Who asks the upstream for all: on this replica by a flight, on all of them by a lease.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Instant, SystemTime},
};

use http::Method;
use tokio::time::timeout_at;

use super::{
    forward::{Forward, Spent},
    lookup::Lookup,
};
use crate::{
    cache::{
        Cache,
        entry::{Entry, Use},
        flight::{Lead, Outcome},
        key::Partition,
        serve::serve,
        status::{CacheStatus, SHARED},
    },
    failure::Failure,
    message::Reply,
    replicas::second_level::{FetchLease, Offer, Wanted},
};

/// The right, and the duty, to ask the upstream.
pub(super) struct Leading {
    flight: Lead,
    /// For other replicas, where they may have the answer.
    lease: Option<FetchLease>,
}

impl Leading {
    /// Tells everybody who waits here.
    pub(super) fn settle(&self, outcome: Outcome) {
        self.flight.settle(outcome);
    }

    /// Gives other replicas an entry that has just been stored, unless this process has changed it meanwhile.
    pub(super) fn share(&self, cache: &Cache, entry: &Entry) {
        if let Some(lease) =
            self.lease.as_ref().filter(|_| cache.generations().is_unchanged_here(&entry.reading))
        {
            lease.keep(entry, SystemTime::now());
        }
    }
}

impl Forward {
    /// Answers with what another replica has fetched, or asks the upstream.
    pub(super) async fn lead(
        self: &Rc<Self>,
        flight: Lead,
        lookup: Lookup<'_>,
        spent: &mut Spent,
    ) -> Result<Reply, Failure> {
        let lease = match self.ask_others(&lookup).await {
            Offer::Answer(entry) if is_usable(&entry, &lookup) => {
                lookup.cache.store().put(lookup.key, Arc::clone(&entry));
                flight.settle(Outcome::Entry(Arc::clone(&entry)));
                let now = SystemTime::now();
                let ttl = Some(entry.freshness.ttl(now));
                let said = CacheStatus { ttl, detail: Some(SHARED), ..CacheStatus::default() };
                return Ok(serve(&entry, None, lookup.asked, &said, now));
            }
            Offer::Fetch(lease) => Some(lease),
            Offer::Answer(_) | Offer::Alone => None,
        };
        self.fetch(Some(Leading { flight, lease }), lookup, spent).await
    }

    async fn ask_others(&self, lookup: &Lookup<'_>) -> Offer {
        let ask = lookup.ask;
        // What somebody asks in a name, be it a session's or by a field of their own, is nobody else's.
        let anybodys = lookup.key.partition == Partition::Shared && !lookup.asked.has_credentials();
        let second_level = self.second_level.as_ref().filter(|_| anybodys && ask.method == Method::GET);
        let Some(second_level) = second_level else { return Offer::Alone };
        let terms = format!("{:?} {:?}", ask.route, ask.select());
        let time = ask.deadline.total().saturating_duration_since(tokio::time::Instant::now());
        let wanted = Wanted { target: &ask.target, terms: &terms, reading: lookup.reading, time };
        timeout_at(ask.deadline.total(), second_level.find(&wanted)).await.unwrap_or(Offer::Alone)
    }
}

fn is_usable(entry: &Entry, lookup: &Lookup<'_>) -> bool {
    let fits = entry.fits(lookup.asked) && lookup.cache.is_current(entry, lookup.reading, Instant::now());
    fits && entry.usable(lookup.asked, SystemTime::now()) == Use::Fresh
}
