//! Invalidation (RFC 9111 §4.4): an answer to a request that began before a change is not used after it.
//!
//! A change of a target or a tag leaves a new number in the bucket that its name falls into. Every entry remembers the
//! numbers of its buckets, as read before its request went upstream. It is used where they still read the same. That
//! covers all partitions and all answers still under way, in a fixed number of bytes. Two names that share a bucket
//! only cost a needless validation.
//!
//! Changes of this process are counted here. The numbers of all replicas are kept elsewhere: a [`Reading`] carries both.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use super::buckets::{BUCKETS, Buckets, Subject};

/// How long an answer may be used, counted from its request's start, while the replicas' numbers are not known.
pub const ALONE_FOR: Duration = Duration::from_secs(1);

/// The numbers that all replicas share, of the buckets of one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
enum OtherReplicas {
    /// There are no other replicas.
    Alone,
    /// There are other replicas, and their numbers are not known.
    Unknown,
    Read(Arc<[u64]>),
}

/// The numbers of an answer's buckets at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    buckets: Arc<[u32]>,
    /// The number of changes that this process had made.
    own: u64,
    at: Instant,
    shared: OtherReplicas,
}

/// The changes that this process has made.
pub struct Generations {
    clock: AtomicU64,
    changed: Box<[AtomicU64]>,
    buckets: Buckets,
    others: OtherReplicas,
}

impl Default for Generations {
    fn default() -> Self {
        Self { others: OtherReplicas::Alone, ..Self::shared(Buckets::own()) }
    }
}

impl Reading {
    /// The buckets of the reading, in the order of the numbers.
    #[must_use]
    pub fn buckets(&self) -> &[u32] {
        &self.buckets
    }

    /// The same reading with the numbers of all replicas, which were read after it was made.
    #[must_use]
    pub fn with_shared(self, numbers: Vec<u64>) -> Self {
        Self { shared: OtherReplicas::Read(numbers.into()), ..self }
    }

    /// The same reading for a request that begins only now, since it has waited for numbers in vain.
    #[must_use]
    pub fn without_shared(self, now: Instant) -> Self {
        Self { at: now, ..self }
    }

    /// The numbers of all replicas, where they are known.
    #[must_use]
    pub fn shared(&self) -> Option<&[u64]> {
        match &self.shared {
            OtherReplicas::Read(numbers) => Some(numbers),
            OtherReplicas::Alone | OtherReplicas::Unknown => None,
        }
    }

    /// The reading that follows one more change of this process, whichever that is.
    #[must_use]
    pub fn after_own_change(self) -> Self {
        Self { own: self.own + 1, ..self }
    }

    /// Whether this process has made a change between `earlier` and this.
    #[must_use]
    pub const fn is_newer_than(&self, earlier: &Self) -> bool {
        self.own > earlier.own
    }
}

impl Generations {
    /// The changes of one of several replicas, in the `buckets` of all.
    #[must_use]
    pub fn shared(buckets: Buckets) -> Self {
        let changed = (0..BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Self { clock: AtomicU64::new(0), changed, buckets, others: OtherReplicas::Unknown }
    }

    /// The reading for an answer from `target` that carries `tags`, other replicas' numbers left out.
    #[must_use]
    pub fn read(&self, target: &str, tags: &[String], now: Instant) -> Reading {
        let subjects = tags.iter().map(|tag| Subject::Tag(tag));
        let subjects = std::iter::once(Subject::Target(target)).chain(subjects);
        Reading {
            own: self.clock.load(SeqCst),
            buckets: subjects.map(|subject| self.buckets.of(subject)).collect(),
            at: now,
            shared: self.others.clone(),
        }
    }

    /// Records a change of these subjects, and returns their buckets, by which other replicas know them.
    pub fn change(&self, subjects: &[Subject<'_>]) -> Vec<u32> {
        let buckets: Vec<u32> = subjects.iter().flat_map(|subject| self.buckets.all(*subject)).collect();
        self.change_buckets(&buckets);
        buckets
    }

    /// Records a change of all subjects in these buckets.
    pub fn change_buckets(&self, buckets: &[u32]) {
        let number = self.clock.fetch_add(1, SeqCst) + 1;
        for bucket in buckets.iter().filter_map(|bucket| self.changed.get(*bucket as usize)) {
            bucket.fetch_max(number, SeqCst);
        }
    }

    /// Whether this process has changed none of the reading's buckets since `made`.
    #[must_use]
    pub fn is_unchanged_here(&self, made: &Reading) -> bool {
        let mut changed = made.buckets.iter().filter_map(|bucket| self.changed.get(*bucket as usize));
        changed.all(|number| number.load(SeqCst) <= made.own)
    }

    /// Whether an answer that was asked for after `made` may be used for a request with the reading `fresh`.
    #[must_use]
    pub fn is_current(&self, made: &Reading, fresh: &Reading, now: Instant) -> bool {
        let shared = match &fresh.shared {
            OtherReplicas::Unknown => now.duration_since(made.at) < ALONE_FOR,
            known => made.shared == *known && made.buckets == fresh.buckets,
        };
        shared && self.is_unchanged_here(made)
    }

    /// Whether no change is known: enough for an answer in the place of an error.
    #[must_use]
    pub fn is_not_outdated(&self, made: &Reading, fresh: &Reading, now: Instant) -> bool {
        match fresh.shared {
            OtherReplicas::Unknown => self.is_unchanged_here(made),
            _ => self.is_current(made, fresh, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_outdates_earlier_answers_and_no_later_ones() {
        let (generations, now) = (Generations::default(), Instant::now());
        let todo = || generations.read("/todos/1", &["todos".to_owned()], now);
        let users = || generations.read("/users", &["users".to_owned()], now);
        let is_current = |made: &Reading| {
            let fresh = Reading { own: generations.clock.load(SeqCst), ..made.clone() };
            generations.is_current(made, &fresh, now)
        };
        let (before, user) = (todo(), users());
        assert!(is_current(&before));
        generations.change(&[Subject::Target("/todos/1")]);
        let between = todo();
        assert!(between.is_newer_than(&before) && !todo().is_newer_than(&between));
        assert!(!is_current(&before) && is_current(&between) && is_current(&user));
        generations.change(&[Subject::Tag("todos")]);
        assert!(!is_current(&between) && is_current(&todo()));
        let last = todo();
        generations.change(&[Subject::Tag("/todos/1")]);
        assert!(is_current(&last), "a tag is no target");
        generations.change_buckets(last.buckets());
        assert!(!is_current(&last) && is_current(&user));
    }

    #[test]
    fn an_answer_follows_its_own_change_only_where_there_was_no_other() {
        let (generations, now) = (Generations::default(), Instant::now());
        let read = || generations.read("/todos", &[], now);
        let own = read().after_own_change();
        generations.change(&[Subject::Target("/todos")]);
        assert!(generations.is_current(&own, &read(), now));
        let own = read().after_own_change();
        generations.change(&[Subject::Target("/todos")]);
        generations.change(&[Subject::Target("/todos")]);
        assert!(!generations.is_current(&own, &read(), now));
    }

    #[test]
    fn an_answer_is_used_where_the_same_is_read_or_for_a_second_where_none_is() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let generations = Generations::shared(Buckets::own());
        let read = |shared| Reading { shared, ..generations.read("/todos/1", &[], start) };
        let numbers = |numbers: &[u64]| read(OtherReplicas::Read(numbers.into()));
        let is_current =
            |made: &Reading, fresh: &Reading, millis| generations.is_current(made, fresh, at(millis));
        let (made, unknown) = (numbers(&[7, 1]), read(OtherReplicas::Unknown));
        assert!(is_current(&made, &numbers(&[7, 1]), 3_600_000));
        assert!(!is_current(&made, &numbers(&[7, 2]), 0), "changed");
        assert!(!is_current(&made, &numbers(&[8, 1]), 0), "another table");
        assert!(is_current(&made, &unknown, 999) && !is_current(&made, &unknown, 1000));
        assert!(is_current(&unknown, &unknown, 999) && !is_current(&unknown, &numbers(&[7, 1]), 0));
        assert!(generations.is_not_outdated(&made, &unknown, at(2000)), "in the place of an error");
        assert!(!generations.is_not_outdated(&made, &numbers(&[7, 2]), at(0)));
        generations.change(&[Subject::Target("/todos/1")]);
        for fresh in [&unknown, &made] {
            assert!(!is_current(&made, fresh, 0) && !generations.is_not_outdated(&made, fresh, at(0)));
        }
    }
}
