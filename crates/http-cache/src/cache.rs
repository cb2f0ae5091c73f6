//! The store, the flights and the generations of one process, as one cache.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use quick_cache::sync;

use super::{
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
pub fn is_storable_status(status: StatusCode, directives: &super::directives::Directives) -> bool {
    let whole = status != StatusCode::PARTIAL_CONTENT && status != StatusCode::NOT_MODIFIED;
    whole && (!directives.has("must-understand") || UNDERSTOOD.contains(&status.as_u16()))
}
