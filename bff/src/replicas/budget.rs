//! The bytes that one replica may have stored in Redis at once. Sessions live there as well: requests for many
//! different addresses must not fill it.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, Instant},
};

/// Bytes that are taken, and when they come free.
pub struct Budget {
    max: u64,
    taken: u64,
    ends: BinaryHeap<Reverse<(Instant, u64)>>,
}

impl Budget {
    /// A budget of `max` bytes.
    #[must_use]
    pub const fn new(max: u64) -> Self {
        Self { max, taken: 0, ends: BinaryHeap::new() }
    }

    /// Takes `bytes` for `life` from `now` on, if there are as many.
    pub fn take(&mut self, bytes: u64, life: Duration, now: Instant) -> bool {
        while let Some(Reverse((end, bytes))) = self.ends.peek().copied() {
            if end > now {
                break;
            }
            self.ends.pop();
            self.taken -= bytes;
        }
        let fits = self.taken + bytes <= self.max;
        if fits {
            self.taken += bytes;
            self.ends.push(Reverse((now + life, bytes)));
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_free_when_its_time_is_over_and_not_before() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut budget = Budget::new(100);
        assert!(budget.take(60, Duration::from_secs(10), at(0)));
        assert!(budget.take(40, Duration::from_secs(2), at(1)));
        assert!(!budget.take(1, Duration::from_secs(1), at(2)));
        assert!(budget.take(40, Duration::from_secs(20), at(3)) && !budget.take(1, Duration::ZERO, at(9)));
        assert!(budget.take(60, Duration::from_secs(1), at(10)) && !budget.take(1, Duration::ZERO, at(10)));
    }
}
