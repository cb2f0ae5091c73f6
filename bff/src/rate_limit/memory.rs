//! Counts in the memory of this process, for all its workers together.

use std::{
    future::ready,
    hash::{BuildHasher as _, RandomState},
    mem,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use hashbrown::HashTable;

use super::{Counts, Limit, LimitKey, RateLimitStore, Verdict};
use crate::redis::StoreFuture;

/// Shards, each with a lock of its own.
const SHARDS: usize = 16;

/// Keys of one generation of one shard: some 100,000 in all, which with two generations is below 30 MiB.
const KEYS_MAX: usize = 6_250;

/// Time after which the generations turn. A turn forgets counts that are over; the longest limit keeps its counts for
/// two windows.
const TURN_EVERY: Duration = Duration::from_secs(60);

/// All counts of one process.
pub struct MemoryCounts {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
}

/// One shard: counts in two generations that take turns. A key that is used moves to the recent one, so that a key
/// that falls out was unused for a turn. A turn comes early only where there are too many keys.
///
/// Tables are used, and no maps: every request counts, and one hash names the shard and the place in it.
#[derive(Default)]
struct Shard {
    recent: HashTable<Counted>,
    older: HashTable<Counted>,
    turned: Option<SystemTime>,
}

/// The counts of one key.
struct Counted {
    key: LimitKey,
    hash: u64,
    counts: Counts,
    /// The limit that they are under.
    limit: Limit,
}

impl Default for MemoryCounts {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }
}

impl MemoryCounts {
    /// Grants and counts `cost` uses of `key` under `limit` at `now`, or none of them.
    #[must_use]
    pub fn count(&self, key: &LimitKey, limit: Limit, cost: u32, now: SystemTime) -> Verdict {
        let hash = self.hasher.hash_one(key);
        // A table goes by the lowest and the highest bits. Those in the middle are left for the shard.
        let place = usize::try_from((hash >> 32) % SHARDS as u64).unwrap_or_default();
        // No code panics while it holds the lock; were one to, the tables would still be whole.
        let mut shard = self.shards[place].lock().unwrap_or_else(PoisonError::into_inner);
        shard.take(key, hash, limit, cost, now)
    }
}

impl RateLimitStore for MemoryCounts {
    fn take<'a>(
        &'a self,
        key: &'a LimitKey,
        limit: Limit,
        cost: u32,
        now: SystemTime,
    ) -> StoreFuture<'a, Verdict> {
        Box::pin(ready(Ok(self.count(key, limit, cost, now))))
    }
}

impl Shard {
    fn take(&mut self, key: &LimitKey, hash: u64, limit: Limit, cost: u32, now: SystemTime) -> Verdict {
        self.turn_where_due(now);
        let is_it = |counted: &Counted| counted.hash == hash && counted.key == *key;
        if let Some(counted) = self.recent.find_mut(hash, is_it) {
            return counted.counts.take(limit, cost, now);
        }
        let mut counted = match self.older.find_entry(hash, is_it) {
            Ok(known) => known.remove().0,
            Err(_) => Counted { key: key.clone(), hash, counts: Counts::default(), limit },
        };
        let verdict = counted.counts.take(limit, cost, now);
        self.recent.insert_unique(hash, counted, |counted| counted.hash);
        verdict
    }

    fn turn_where_due(&mut self, now: SystemTime) {
        let since = now.duration_since(*self.turned.get_or_insert(now)).unwrap_or_default();
        if since < TURN_EVERY && self.recent.len() < KEYS_MAX {
            return;
        }
        let fallen = mem::replace(&mut self.older, mem::take(&mut self.recent));
        self.turned = Some(now);
        // Counts of limits with long windows may still apply.
        let room = KEYS_MAX - self.older.len().min(KEYS_MAX);
        let kept = fallen.into_iter().filter(|counted| !counted.counts.is_over(counted.limit, now));
        for counted in kept.take(room) {
            self.older.insert_unique(counted.hash, counted, |counted| counted.hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, time::UNIX_EPOCH};

    use futures_util::FutureExt as _;

    use super::{
        super::{LimitPolicy, LimitSubject},
        *,
    };

    #[test]
    fn security_30_memory_stays_bounded_under_a_million_keys_and_limits_hold() {
        let store = MemoryCounts::default();
        let limit = Limit { count: 3, window: Duration::from_secs(10) };
        let take = |address: IpAddr, now| {
            let subject = LimitSubject::Network(Some(address.into()));
            let key = LimitKey { policy: LimitPolicy::Default, subject };
            store.take(&key, limit, 1, now).now_or_never().unwrap().unwrap().allowed
        };
        let busy = IpAddr::from([192, 0, 2, 1]);
        let start = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let mut granted = 0;
        for number in 0..1_000_000_u32 {
            take(IpAddr::from(0x0a00_0000_u32.wrapping_add(number).to_be_bytes()), start);
            if number % 1000 == 0 {
                granted += u32::from(take(busy, start));
            }
        }
        assert_eq!(granted, 3);
        let kept: usize = store
            .shards
            .iter()
            .map(|shard| shard.lock().unwrap())
            .map(|shard| shard.recent.len() + shard.older.len())
            .sum();
        assert!(kept <= 2 * SHARDS * KEYS_MAX, "{kept}");
    }
}
