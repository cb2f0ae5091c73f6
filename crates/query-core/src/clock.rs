//! A clock that never goes back, made of two. The wall clock may be set; the monotonic one stands still during sleep.

use std::time::Duration;

use crate::moment::Moment;

/// How far the wall clock goes ahead before it is believed that the computer slept. Each clock counts whole milliseconds
/// of its own, and one may be slowed down a little to be set right.
const SLEEP: i64 = 1_000;

/// Makes [`Moment`]s out of the readings of two clocks, each in milliseconds.
///
/// The monotonic clock says how much time has passed. A wall clock that is set back stops nothing. One far ahead means that
/// the computer slept.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    monotonic: Option<u64>,
    now: Moment,
    /// The wall clock's time at moment zero, as that clock goes now.
    wall_at_zero: i64,
}

impl Clock {
    /// A clock that begins at what the wall clock says. `monotonic` is `None` where there is no such clock.
    pub fn new(wall: u64, monotonic: Option<u64>) -> Self {
        Self { monotonic, now: Moment::from_millis(wall), wall_at_zero: 0 }
    }

    /// The moment of these readings.
    pub fn read(&mut self, wall: u64, monotonic: Option<u64>) -> Moment {
        let passed = self.monotonic.zip(monotonic).map(|(before, now)| now.saturating_sub(before));
        self.monotonic = monotonic;
        self.now = self.now.plus(Duration::from_millis(passed.unwrap_or_default()));
        let ahead = signed(wall) - self.wall_at_zero - signed(self.now.as_millis());
        let slept = if passed.is_some() { ahead > SLEEP } else { ahead > 0 };
        if slept {
            self.now = self.now.plus(Duration::from_millis(ahead.unsigned_abs()));
        } else if ahead < -SLEEP {
            self.wall_at_zero += ahead;
        }
        self.now
    }

    /// The moment at which the wall clock said so, as it goes now; none lies ahead.
    pub fn moment_of(&self, wall: u64) -> Moment {
        let moment = signed(wall) - self.wall_at_zero;
        Moment::from_millis(u64::try_from(moment).unwrap_or_default()).min(self.now)
    }

    /// What the wall clock said at a moment, had it always gone as it goes now.
    pub fn wall_at(&self, moment: Moment) -> u64 {
        u64::try_from(signed(moment.as_millis()) + self.wall_at_zero).unwrap_or_default()
    }
}

fn signed(millis: u64) -> i64 {
    // Some hundred million years.
    i64::try_from(millis).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_back_stops_nothing() {
        let mut clock = Clock::new(10_000_000, Some(500));
        let before = clock.read(10_000_000, Some(500));
        assert_eq!(clock.read(10_000_000 - 3_600_000, Some(1_500)).since(before), Duration::from_secs(1));
        assert_eq!(clock.read(10_000_000 - 3_599_000, Some(2_500)).since(before), Duration::from_secs(2));
    }

    #[test]
    fn a_monotonic_clock_that_slept_is_made_up_for() {
        let mut clock = Clock::new(10_000_000, Some(500));
        let before = clock.read(10_000_000, Some(500));
        assert_eq!(clock.read(10_060_000, Some(500)).since(before), Duration::from_secs(60));
        assert_eq!(clock.read(10_061_000, Some(1_500)).since(before), Duration::from_secs(61));
    }

    #[test]
    fn without_a_monotonic_clock_the_wall_clock_goes_forward_alone() {
        let mut clock = Clock::new(10_000_000, None);
        let before = clock.read(10_000_000, None);
        assert_eq!(clock.read(10_000_020, None).since(before), Duration::from_millis(20));
        assert_eq!(clock.read(5_000_000, None).since(before), Duration::from_millis(20));
        assert_eq!(clock.read(5_000_030, None).since(before), Duration::from_millis(50));
    }

    #[test]
    fn clocks_whose_milliseconds_begin_at_different_times_do_not_add_up() {
        let mut clock = Clock::new(1_000_000, Some(0));
        let start = clock.read(1_000_000, Some(0));
        let readings = (1..=2_000).map(|half| clock.read(1_000_000 + half / 2, Some(half.div_ceil(2))));
        let last = readings.last().unwrap_or_default();
        assert_eq!(last.since(start), Duration::from_secs(1));
    }

    #[test]
    fn moments_and_times_of_day_lead_to_each_other_after_the_clock_was_set() {
        let mut clock = Clock::new(10_000_000, Some(0));
        let moment = clock.read(9_000_000, Some(1_000));
        assert_eq!(clock.moment_of(9_000_000), moment);
        assert_eq!(clock.wall_at(moment), 9_000_000);
        assert_eq!(clock.wall_at(clock.moment_of(8_999_000)), 8_999_000);
        assert_eq!(clock.moment_of(9_999_999), moment, "nothing is known of what lies ahead");
    }
}
