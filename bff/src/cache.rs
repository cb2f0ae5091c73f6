//! A shared HTTP cache after RFC 9111, in front of the upstream and behind the guard.
//!
//! What is kept is what the browser gets, so that an answer from here costs no more work; whether it may be used is
//! decided by what the upstream said ([`freshness`], [`entry`]) and what the client asks ([`mod@request`]). The
//! [`store`] is one for all workers, and so are the flights that bring what is missing ([`flight`], [`streaming`]). A
//! change takes outdated answers out of use by the numbers of its buckets ([`generations`], [`buckets`]). The pipeline
//! decides when all this happens.
//!
//! Nothing here does I/O or has a clock of its own: every rule is handed `now`.

pub mod buckets;
pub mod directives;
pub mod encoding;
pub mod entry;
pub mod flight;
pub mod freshness;
pub mod generations;
pub mod key;
pub mod request;
pub mod route;
pub mod serve;
pub mod status;
pub mod store;
pub mod streaming;
pub mod vary;

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use quick_cache::sync;

use self::{
    entry::Entry,
    flight::{Flights, Part},
    generations::{Generations, Reading},
    key::Key,
    request::Asked,
    store::Store,
};

/// For how long nobody waits for the answer of a key whose last one was not to be shared.
const HIT_FOR_PASS_LIFE: Duration = Duration::from_secs(10);

/// Keys that are known for that at once.
const HIT_FOR_PASS_MAX: usize = 4096;

/// Statuses whose meaning for a cache is known (RFC 9110 §15); `must-understand` asks for it.
const UNDERSTOOD: [u16; 15] = [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 451, 501];

/// The cache that all workers share. `E` is how the upstream fails.
pub struct Cache<E> {
    store: Store,
    flights: Arc<Flights<E>>,
    generations: Arc<Generations>,
    /// Keys whose answers were not to be shared, hashed, and when that was.
    hit_for_pass: sync::Cache<u64, Instant>,
    hasher: RandomState,
}

/// What is stored for a request.
pub struct StoredVariant {
    /// What fits; outdated or not.
    pub entry: Option<Arc<Entry>>,
    /// Whether something is stored that does not fit.
    pub other: bool,
}

impl<E> Cache<E> {
    /// A cache of `max` bytes for what changes by `generations`; `None` where that is too few to be one.
    #[must_use]
    pub fn new(max: u64, generations: Arc<Generations>) -> Option<Self> {
        Some(Self {
            store: Store::new(max)?,
            flights: Arc::default(),
            generations,
            hit_for_pass: sync::Cache::new(HIT_FOR_PASS_MAX),
            hasher: RandomState::new(),
        })
    }

    /// Where answers are kept.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What has changed when.
    #[must_use]
    pub fn generations(&self) -> &Generations {
        &self.generations
    }

    /// What is stored under `key` for a request.
    #[must_use]
    pub fn find(&self, key: &Key, asked: &Asked<'_>) -> StoredVariant {
        let variants = self.store.get(key);
        let variants = variants.as_deref().unwrap_or_default();
        let entry = variants.iter().find(|entry| entry.fits(asked)).cloned();
        StoredVariant { other: entry.is_none() && !variants.is_empty(), entry }
    }

    /// Whether an entry may be used for a request with this reading, as far as changes go.
    #[must_use]
    pub fn is_current(&self, entry: &Entry, fresh: &Reading, now: Instant) -> bool {
        self.generations.is_current(&entry.reading, fresh, now)
    }

    /// Joins the flight for `key`, or begins one.
    #[must_use]
    pub fn join(&self, key: &Key, fresh: &Reading, now: Instant) -> Part<E> {
        self.flights.join(key, fresh, |made| self.generations.is_current(made, fresh, now))
    }

    /// Remembers that the answer of a key is not to be shared, so that nobody waits for it in vain.
    pub fn hit_for_pass(&self, key: &Key, now: Instant) {
        self.hit_for_pass.insert(self.hasher.hash_one(key), now);
    }

    /// Whether that is so.
    #[must_use]
    pub fn is_hit_for_pass(&self, key: &Key, now: Instant) -> bool {
        let since = self.hit_for_pass.get(&self.hasher.hash_one(key));
        since.is_some_and(|since| now.duration_since(since) < HIT_FOR_PASS_LIFE)
    }
}

/// Whether an answer of this status may be stored at all (RFC 9111 §3): final, and the whole of something.
#[must_use]
pub fn is_storable_status(status: StatusCode, directives: &directives::Directives) -> bool {
    let whole = status != StatusCode::PARTIAL_CONTENT && status != StatusCode::NOT_MODIFIED;
    whole && (!directives.has("must-understand") || UNDERSTOOD.contains(&status.as_u16()))
}
