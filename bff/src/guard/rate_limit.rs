//! How often somebody may do something: at most so many times within any window of that length.
//!
//! Pure: it is handed `now`. Bounded: keys live in two generations that take turns at least once a window, and earlier
//! where there are more than [`KEYS_MAX`] keys; what is in neither is forgotten. Every step takes constant time.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    mem,
    time::{Duration, Instant},
};

/// Keys of one generation.
const KEYS_MAX: usize = 100_000;

/// A sliding window over the moments at which each key was used.
pub struct SlidingWindow<K> {
    count: usize,
    window: Duration,
    keys_max: usize,
    recent: HashMap<K, VecDeque<Instant>>,
    /// Keys that have not been used since `turned`.
    older: HashMap<K, VecDeque<Instant>>,
    turned: Option<Instant>,
}

/// What comes of one more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is allowed.
    Allowed,
    /// It is not, for so long.
    Refused(Duration),
}

impl<K: Eq + Hash> SlidingWindow<K> {
    /// At most `count` uses within `window`.
    #[must_use]
    pub fn new(count: u32, window: Duration) -> Self {
        Self {
            count: count as usize,
            window,
            keys_max: KEYS_MAX,
            recent: HashMap::new(),
            older: HashMap::new(),
            turned: None,
        }
    }

    /// Whether `key` may be used once more at `now`. Counts nothing.
    #[must_use]
    pub fn check(&self, key: &K, now: Instant) -> Verdict {
        let moments = self.recent.get(key).or_else(|| self.older.get(key)).into_iter().flatten();
        let mut within = moments.filter(|moment| now.duration_since(**moment) < self.window);
        let Some(first) = within.next() else { return Verdict::Allowed };
        if 1 + within.count() < self.count {
            return Verdict::Allowed;
        }
        Verdict::Refused(self.window.saturating_sub(now.duration_since(*first)))
    }

    /// Counts a use of `key` at `now`.
    pub fn count(&mut self, key: K, now: Instant) {
        let turned = *self.turned.get_or_insert(now);
        if now.duration_since(turned) >= self.window || self.recent.len() >= self.keys_max {
            self.older = mem::take(&mut self.recent);
            self.turned = Some(now);
        }
        let moments = match self.older.remove(&key) {
            Some(moments) => self.recent.entry(key).or_insert(moments),
            None => self.recent.entry(key).or_default(),
        };
        moments.push_back(now);
        if moments.len() > self.count {
            moments.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(10);

    #[test]
    fn so_many_pass_and_the_next_is_told_when_to_come_back() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limit = SlidingWindow::new(2, WINDOW);
        limit.count("a", at(0));
        assert_eq!(limit.check(&"a", at(4)), Verdict::Allowed);
        limit.count("a", at(4));
        assert_eq!(limit.check(&"a", at(5)), Verdict::Refused(Duration::from_secs(5)));
        assert_eq!(limit.check(&"b", at(5)), Verdict::Allowed);
        assert_eq!(limit.check(&"a", at(10)), Verdict::Allowed);
        limit.count("a", at(10));
        assert_eq!(limit.check(&"a", at(10)), Verdict::Refused(Duration::from_secs(4)));
    }

    #[test]
    fn memory_is_bounded_and_keys_that_were_used_long_ago_make_room() {
        let start = Instant::now();
        let mut limit = SlidingWindow { keys_max: 3, ..SlidingWindow::new(1, WINDOW) };
        for key in 0..1000_u64 {
            limit.count(key, start + Duration::from_millis(key));
            assert!(limit.recent.len() <= 3 && limit.older.len() <= 3);
        }
        assert!(matches!(limit.check(&999, start + Duration::from_secs(1)), Verdict::Refused(_)));
        limit.count(1000, start + 2 * WINDOW);
        limit.count(1001, start + 4 * WINDOW);
        assert_eq!((limit.recent.len(), limit.older.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_the_limit(
            count in 1_u32..5,
            steps in prop::collection::vec((0_u64..4000, 0_u8..3), 1..200),
        ) {
            let mut limit = SlidingWindow::new(count, WINDOW);
            let mut model: Vec<(Instant, u8)> = Vec::new();
            let mut now = Instant::now();
            for (step, key) in steps {
                now += Duration::from_millis(step);
                let recent = model.iter().filter(|(at, of)| *of == key && now.duration_since(*at) < WINDOW).count();
                let allowed = limit.check(&key, now) == Verdict::Allowed;
                prop_assert_eq!(allowed, recent < count as usize);
                if allowed {
                    limit.count(key, now);
                    model.push((now, key));
                }
            }
        }
    }
}
