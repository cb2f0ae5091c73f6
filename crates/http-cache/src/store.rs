//! The store of answers: one for all workers, bounded in bytes. An answer that has not been used for long goes first.

use std::sync::Arc;

use quick_cache::{OptionsBuilder, Weighter, sync};

use super::{entry::Entry, key::Key};

/// Parts of the store, each with a lock and a share of the bytes of its own. They are few, so that one answer fits
/// into a share.
const SHARDS: usize = 4;

/// The most that one answer may take of the whole: a sixteenth.
const ENTRY_SHARE: u64 = 16;

/// Most answers to one target that differ in the fields they depend on; the oldest goes first.
const VARIANTS_MAX: usize = 16;

/// A guess of an answer's usual size in bytes, for the size of the tables.
const ENTRY_USUAL: u64 = 4 * 1024;

/// Answers to one target, newest first.
pub type Variants = Arc<[Arc<Entry>]>;

/// All stored answers.
pub struct Store {
    entries: sync::Cache<Key, Variants, Bytes>,
    entry_max: u64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Variants> for Bytes {
    fn weight(&self, key: &Key, variants: &Variants) -> u64 {
        let key = key.target.len() + key.fields.as_ref().map_or(0, |fields| fields.len());
        (key + 64 + variants.iter().map(|entry| entry.size()).sum::<usize>()) as u64
    }
}

impl Store {
    /// A store of `max` bytes; `None` where there cannot be one.
    #[must_use]
    pub fn new(max: u64) -> Option<Self> {
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .weight_capacity(max)
            .estimated_items_capacity(usize::try_from(max / ENTRY_USUAL).unwrap_or(usize::MAX).max(1))
            .build()
            .ok()?;
        let entries = sync::Cache::with_options(
            options,
            Bytes,
            quick_cache::DefaultHashBuilder::default(),
            sync::DefaultLifecycle::default(),
        );
        Some(Self { entries, entry_max: max / ENTRY_SHARE })
    }

    /// Bytes that one answer may take.
    #[must_use]
    pub const fn entry_max(&self) -> u64 {
        self.entry_max
    }

    /// Bytes that all answers take.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.entries.weight()
    }

    /// The answers under a key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Variants> {
        self.entries.get(key)
    }

    /// Stores an entry in the place of those that it replaces. These are the entries that depend on the same fields
    /// with the same values, and those with a newer reading.
    pub fn put(&self, key: &Key, entry: Arc<Entry>) {
        if entry.size() as u64 > self.entry_max {
            self.entries.remove(key);
            return;
        }
        let known = self.entries.get(key);
        let others = known.iter().flat_map(|variants| variants.iter());
        let mut room = 2 * self.entry_max;
        let kept = std::iter::once(&entry)
            .chain(others.filter(|other| {
                other.selecting != entry.selecting && !other.reading.is_newer_than(&entry.reading)
            }))
            .take(VARIANTS_MAX)
            .take_while(|entry| {
                let left = room.checked_sub(entry.size() as u64);
                room = left.unwrap_or_default();
                left.is_some()
            });
        self.entries.insert(key.clone(), kept.cloned().collect());
    }

    /// Removes an entry, and none that took its place.
    pub fn remove(&self, key: &Key, entry: &Arc<Entry>) {
        let Some(variants) = self.entries.get(key) else { return };
        let left: Variants = variants.iter().filter(|other| !Arc::ptr_eq(other, entry)).cloned().collect();
        if left.is_empty() {
            self.entries.remove(key);
        } else if left.len() < variants.len() {
            self.entries.insert(key.clone(), left);
        }
    }
}
