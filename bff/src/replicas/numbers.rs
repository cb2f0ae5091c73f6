//! The numbers of changed buckets, in Redis for all replicas; see [`http_cache::generations`].
//!
//! The numbers are fields of a table, and random: a count that Redis had lost would come again. Each table has an
//! epoch, a number that the first replica to miss it writes. A table that is lost outdates every answer that remembers
//! its epoch.
//!
//! A change that Redis does not take is kept in this process until it does. Until then no numbers are read: this
//! process goes by the rule for numbers that are not known.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use tokio::{
    runtime::Handle,
    task::JoinHandle,
    time::{sleep, timeout},
};

use http_cache::{
    buckets::{Buckets, Subject},
    generations::{Generations, Reading},
};

use crate::{
    keys::{Seal, SessionKeys, StoreKey},
    redis::{
        Link, LinkError,
        link::Repeat,
        script::{Arg, Script},
    },
};

/// The name of a table, its number left out.
const TABLE: &str = "bff:generations:";

/// Tables in a cluster, whose nodes share them by their names.
const CLUSTER_TABLES: usize = 16;

/// How long a table lives after the last change, in seconds. Its end outdates everything once.
const LIFE: u64 = 24 * 3600;

/// The field of a table's own number.
const EPOCH: &str = "epoch";

/// Most buckets that are kept for a Redis that does not take them. Past it everything counts as changed.
const UNWRITTEN_MAX: usize = 4096;

/// The pause between two attempts to write unwritten changes.
const RETRY: Duration = Duration::from_millis(50);

/// How long a process that ends waits until its last changes are written.
const LAST_WAIT: Duration = Duration::from_secs(1);

static CHANGE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("change.lua")));

/// The numbers of all replicas. Cheap to clone.
#[derive(Clone)]
pub struct SharedNumbers(Arc<Inner>);

struct Inner {
    /// The runtime of the process, not of a worker: a write outlives a worker.
    runtime: Handle,
    link: Link,
    generations: Arc<Generations>,
    tables: Vec<String>,
    unwritten: Mutex<Unwritten>,
    /// Whether there are unwritten changes, and a task that tries to write them.
    is_behind: AtomicBool,
    writing: AtomicUsize,
}

/// Changes that Redis has not taken.
#[derive(Default)]
struct Unwritten {
    buckets: BTreeSet<u32>,
    everything: bool,
}

/// The buckets of all processes that have `keys`. A change of a subject falls into one by each key: a key can be
/// replaced at one replica after the other.
#[must_use]
pub fn buckets(keys: &SessionKeys) -> Buckets {
    let seal = Seal::new(keys);
    Buckets::new(Box::new(move |kind, name| {
        let hash =
            |name: StoreKey| name.as_bytes().first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        seal.names("changed", &[kind.as_bytes(), name.as_bytes()]).map(hash).collect()
    }))
}

impl SharedNumbers {
    /// Numbers behind `link` for the changes in `generations`. Has to be called within the process's runtime.
    #[must_use]
    pub fn new(link: Link, generations: Arc<Generations>) -> Self {
        let count = if link.is_cluster() { CLUSTER_TABLES } else { 1 };
        Self(Arc::new(Inner {
            runtime: Handle::current(),
            link,
            generations,
            tables: (0..count).map(|number| format!("{TABLE}{number}")).collect(),
            unwritten: Mutex::default(),
            is_behind: AtomicBool::new(false),
            writing: AtomicUsize::new(0),
        }))
    }

    /// The same reading with the numbers of all replicas, where they can be had.
    pub async fn complete(&self, reading: Reading) -> Reading {
        if self.0.is_behind.load(SeqCst) {
            return reading;
        }
        let tables = self.0.tables(reading.buckets().iter().copied());
        match try_join_all(tables.iter().map(|(table, buckets)| self.0.read(table, buckets))).await {
            Ok(numbers) => reading.with_shared(numbers.concat()),
            Err(err) => {
                tracing::debug!(error = %err, "Redis has not said what has changed");
                reading.without_shared(Instant::now())
            }
        }
    }

    /// Records a change of these subjects: here at once, for all others when the task ends. A dropped handle leaves
    /// the task running.
    pub fn change(&self, subjects: &[Subject<'_>]) -> JoinHandle<()> {
        let (inner, buckets) = (Arc::clone(&self.0), self.0.generations.change(subjects));
        inner.writing.fetch_add(1, SeqCst);
        self.0.runtime.spawn(async move {
            let change = Unwritten { buckets: buckets.iter().copied().collect(), everything: false };
            if let Err(err) = inner.write(&change).await {
                tracing::debug!(error = %err, "a change could not be written");
                inner.keep(change);
                // This comes last: from here on no numbers are read, and an answer found by earlier numbers may be
                // older.
                inner.generations.change_buckets(&buckets);
            }
            inner.writing.fetch_sub(1, SeqCst);
        })
    }

    /// Waits until all changes are written, or for a second.
    pub async fn flush(&self) {
        let _ = timeout(LAST_WAIT, async {
            while self.0.writing.load(SeqCst) > 0 || self.0.is_behind.load(SeqCst) {
                sleep(RETRY / 5).await;
            }
        })
        .await;
    }
}

impl Inner {
    /// The tables that buckets stand in, always in the same order.
    fn tables(&self, buckets: impl IntoIterator<Item = u32>) -> BTreeMap<&str, Vec<u32>> {
        let mut tables: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for bucket in buckets {
            if let Some(table) = self.tables.get(bucket as usize % self.tables.len()) {
                tables.entry(table).or_default().push(bucket);
            }
        }
        tables
    }

    async fn read(&self, table: &str, buckets: &[u32]) -> Result<Vec<u64>, LinkError> {
        let mut command = redis::cmd("HMGET");
        command.arg(table).arg(EPOCH).arg(buckets);
        for _ in 0..2 {
            let numbers: Vec<Option<u64>> = self.link.send(&command, Repeat::Once).await?;
            if numbers.first().is_some_and(Option::is_some) {
                return Ok(numbers.into_iter().map(Option::unwrap_or_default).collect());
            }
            let Ok(epoch) = getrandom::u64() else { break };
            self.put(table, epoch, &[]).await?;
        }
        Err(LinkError::Away)
    }

    async fn put(&self, table: &str, number: u64, buckets: &[u32]) -> Result<(), LinkError> {
        let fields = buckets.iter().map(|bucket| Arg::Number(u64::from(*bucket)));
        let args: Vec<Arg<'_>> = [Arg::Number(number), Arg::Number(LIFE)].into_iter().chain(fields).collect();
        // Another attempt puts the same number there.
        self.link.run::<u64>(&CHANGE, &[table], &args, Repeat::Once).await.map(drop)
    }

    async fn write(&self, change: &Unwritten) -> Result<(), LinkError> {
        let Some(number) = getrandom::u64().ok().filter(|_| !change.everything) else {
            return self.forget().await;
        };
        let tables = self.tables(change.buckets.iter().copied());
        let writing = tables.iter().map(|(table, buckets)| self.put(table, number, buckets));
        match try_join_all(writing).await {
            // A full Redis still takes a deletion, which says more than enough.
            Err(LinkError::Full) => self.forget().await,
            other => other.map(drop),
        }
    }

    /// Deletes all tables: everything has changed.
    async fn forget(&self) -> Result<(), LinkError> {
        let forgetting = self.tables.iter().map(|table| async move {
            self.link.send::<u64>(redis::cmd("DEL").arg(table), Repeat::Once).await
        });
        try_join_all(forgetting).await.map(drop)
    }

    fn keep(self: &Arc<Self>, change: Unwritten) {
        let mut unwritten = self.unwritten();
        unwritten.add(change);
        if !self.is_behind.swap(true, SeqCst) {
            tracing::warn!("Redis takes no changes; other replicas may serve what they have until it does");
            self.runtime.spawn(Arc::clone(self).catch_up());
        }
    }

    async fn catch_up(self: Arc<Self>) {
        loop {
            sleep(RETRY).await;
            let change = mem::take(&mut *self.unwritten());
            let written = self.write(&change).await;
            let mut unwritten = self.unwritten();
            if written.is_err() {
                unwritten.add(change);
            } else if unwritten.buckets.is_empty() && !unwritten.everything {
                self.is_behind.store(false, SeqCst);
                tracing::info!("Redis has taken all changes");
                return;
            }
        }
    }

    fn unwritten(&self) -> MutexGuard<'_, Unwritten> {
        // No code panics while it holds the lock; were one to, the set would still be whole.
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unwritten {
    fn add(&mut self, change: Self) {
        self.everything |= change.everything;
        self.buckets.extend(change.buckets);
        if self.everything || self.buckets.len() > UNWRITTEN_MAX {
            *self = Self { buckets: BTreeSet::new(), everything: true };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0a1b";
    const NEW: &str = "1b0a";

    fn of(keys: &[&str]) -> Buckets {
        let keys: Vec<String> = keys.iter().map(|key| key.repeat(16)).collect();
        buckets(&SessionKeys::parse(&keys.join(",")).unwrap())
    }

    #[test]
    fn who_has_the_same_keys_has_the_same_buckets_and_others_have_others() {
        let todo = Subject::Target("/todos/1");
        assert_eq!(of(&[OLD]).of(todo), of(&[OLD]).of(todo));
        let all =
            |buckets: &Buckets| (0..8).map(|n| buckets.of(Subject::Tag(&n.to_string()))).collect::<Vec<_>>();
        assert_ne!(all(&of(&[OLD])), all(&of(&[NEW])));
    }

    #[test]
    fn while_a_key_is_replaced_a_change_reaches_the_buckets_of_both() {
        let todo = Subject::Target("/todos/1");
        let (before, after) = (of(&[OLD, NEW]), of(&[NEW, OLD]));
        for writes in [&before, &after] {
            for reads in [&before, &after] {
                assert!(writes.all(todo).any(|bucket| bucket == reads.of(todo)));
            }
        }
    }

    #[test]
    fn past_the_bound_of_what_is_kept_everything_has_changed() {
        let change =
            |buckets: std::ops::Range<u32>| Unwritten { buckets: buckets.collect(), everything: false };
        let mut unwritten = Unwritten::default();
        unwritten.add(change(0..4096));
        unwritten.add(change(0..1));
        assert!(!unwritten.everything && unwritten.buckets.len() == 4096);
        unwritten.add(change(4096..4097));
        unwritten.add(change(0..1));
        assert!(unwritten.everything && unwritten.buckets.is_empty());
    }
}
