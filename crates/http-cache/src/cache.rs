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
    request::CacheRequest,
    store::Store,
};

/// How long a key stays hit-for-pass: after an answer that was not to be shared, no request waits for the next one.
const HIT_FOR_PASS_LIFE: Duration = Duration::from_secs(10);

/// Most keys that are hit-for-pass at once.
const HIT_FOR_PASS_MAX: usize = 4096;

/// Statuses whose meaning for a cache is known (RFC 9110 §15); `must-understand` asks for it.
const UNDERSTOOD: [u16; 15] = [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 451, 501];

/// The cache that all workers share.
pub struct Cache {
    store: Store,
    flights: Arc<Flights>,
    generations: Arc<Generations>,
    /// Hit-for-pass: hashes of the keys whose answers were not to be shared, and the moment of each.
    hit_for_pass: sync::Cache<u64, Instant>,
    hasher: RandomState,
}

/// The stored answer for a request.
pub struct StoredVariant {
    /// The entry that fits, outdated or not.
    pub entry: Option<Arc<Entry>>,
    /// Whether only entries that do not fit are stored.
    pub other: bool,
}

impl Cache {
    /// A cache of `max` bytes that `generations` outdate; `None` where that is too few to be one.
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

    /// The store of answers.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The generations that outdate answers.
    #[must_use]
    pub fn generations(&self) -> &Generations {
        &self.generations
    }

    /// An empty cache of `max` bytes that the same generations outdate; `None` where that is too few to be one.
    #[must_use]
    pub fn emptied(&self, max: u64) -> Option<Self> {
        Self::new(max, Arc::clone(&self.generations))
    }

    /// The stored answer under `key` for a request.
    #[must_use]
    pub fn find(&self, key: &Key, request: &CacheRequest<'_>) -> StoredVariant {
        let variants = self.store.get(key);
        let variants = variants.as_deref().unwrap_or_default();
        let entry = variants.iter().find(|entry| entry.fits(request)).cloned();
        StoredVariant { other: entry.is_none() && !variants.is_empty(), entry }
    }

    /// Whether an entry may be used for a request with this reading, as far as changes go.
    #[must_use]
    pub fn is_current(&self, entry: &Entry, fresh: &Reading, now: Instant) -> bool {
        self.generations.is_current(&entry.reading, fresh, now)
    }

    /// Joins the flight for `key`, or begins one.
    #[must_use]
    pub fn join(&self, key: &Key, fresh: &Reading, now: Instant) -> Part {
        self.flights.join(key, fresh, |made| self.generations.is_current(made, fresh, now))
    }

    /// Marks a key as hit-for-pass: its answer is not to be shared, and no request waits for it in vain.
    pub fn hit_for_pass(&self, key: &Key, now: Instant) {
        self.hit_for_pass.insert(self.hasher.hash_one(key), now);
    }

    /// Whether a key is hit-for-pass.
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
