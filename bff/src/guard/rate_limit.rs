//! How often somebody may do something: at most so many times within any window of that length.
//!
//! Pure: it is handed `now`. Bounded: past [`KEYS_MAX`] keys the one that was used least recently is forgotten.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    time::{Duration, Instant},
};

/// Keys that are watched at once.
const KEYS_MAX: usize = 100_000;

/// A sliding window over the moments at which each key was used.
pub struct SlidingWindow<K> {
    count: usize,
    window: Duration,
    keys_max: usize,
    used: HashMap<K, VecDeque<Instant>>,
}

/// What comes of one more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is allowed.
    Allowed,
    /// It is not, for so long.
    Refused(Duration),
}

impl<K: Eq + Hash + Clone> SlidingWindow<K> {
    /// At most `count` uses within `window`.
    #[must_use]
    pub fn new(count: u32, window: Duration) -> Self {
        Self { count: count as usize, window, keys_max: KEYS_MAX, used: HashMap::new() }
    }

    /// Whether `key` may be used once more at `now`. Counts nothing.
    pub fn check(&mut self, key: &K, now: Instant) -> Verdict {
        let Some(moments) = self.used.get_mut(key) else { return Verdict::Allowed };
        while moments.front().is_some_and(|first| now.duration_since(*first) >= self.window) {
            moments.pop_front();
        }
        match moments.front() {
            Some(first) if moments.len() >= self.count => {
                Verdict::Refused(self.window.saturating_sub(now.duration_since(*first)))
            }
            _ => Verdict::Allowed,
        }
    }

    /// Counts a use of `key` at `now`.
    pub fn count(&mut self, key: K, now: Instant) {
        if self.used.len() >= self.keys_max && !self.used.contains_key(&key) {
            self.make_room(now);
        }
        let moments = self.used.entry(key).or_default();
        moments.push_back(now);
        if moments.len() > self.count {
            moments.pop_front();
        }
    }

    fn make_room(&mut self, now: Instant) {
        let window = self.window;
        self.used.retain(|_, moments| moments.back().is_some_and(|last| now.duration_since(*last) < window));
        // An attacker with that many addresses gets one of them forgotten; nobody else's memory grows for it.
        if self.used.len() >= self.keys_max
            && let Some(oldest) = self
                .used
                .iter()
                .min_by_key(|(_, moments)| moments.back().copied())
                .map(|(key, _)| key.clone())
        {
            self.used.remove(&oldest);
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
    fn memory_is_bounded_and_the_least_recent_key_makes_room() {
        let start = Instant::now();
        let mut limit = SlidingWindow { keys_max: 3, ..SlidingWindow::new(1, WINDOW) };
        for key in 0..1000_u64 {
            limit.count(key, start + Duration::from_millis(key));
        }
        assert_eq!(limit.used.len(), 3);
        assert!(matches!(limit.check(&999, start + Duration::from_secs(1)), Verdict::Refused(_)));
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
