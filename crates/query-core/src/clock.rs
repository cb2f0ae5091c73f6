//! A clock that never goes back, made of two that each have a fault: the wall clock may be set, the monotonic one
//! stands still while a computer sleeps.

use std::time::Duration;

use crate::moment::Moment;

/// Makes [`Moment`]s out of the readings of two clocks, each in milliseconds.
///
/// Between two readings passes what the one that went further says. A wall clock that is set back stops nothing, and
/// data from before a sleep is as old as it is.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: u64,
    monotonic: u64,
    now: Moment,
}

impl Clock {
    /// A clock that begins at what the wall clock says.
    pub const fn new(wall: u64, monotonic: u64) -> Self {
        Self { wall, monotonic, now: Moment::from_millis(wall) }
    }

    /// The moment of these readings.
    pub fn read(&mut self, wall: u64, monotonic: u64) -> Moment {
        let passed = wall.saturating_sub(self.wall).max(monotonic.saturating_sub(self.monotonic));
        *self = Self { wall, monotonic, now: self.now.plus(Duration::from_millis(passed)) };
        self.now
    }

    /// The moment at which the wall clock said so, as it goes now; none lies ahead.
    pub fn moment_of(&self, wall: u64) -> Moment {
        let ago = self.wall.saturating_sub(wall);
        Moment::from_millis(self.now.as_millis().saturating_sub(ago))
    }

    /// What the wall clock said at a moment, had it always gone as it goes now.
    pub fn wall_at(&self, moment: Moment) -> u64 {
        let ago = self.now.as_millis().saturating_sub(moment.as_millis());
        self.wall.saturating_sub(ago)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_back_stops_nothing() {
        let mut clock = Clock::new(10_000_000, 500);
        let before = clock.read(10_000_000, 500);
        assert_eq!(clock.read(10_000_000 - 3_600_000, 1_500).since(before), Duration::from_secs(1));
        assert_eq!(clock.read(10_000_000 - 3_599_000, 2_500).since(before), Duration::from_secs(2));
    }

    #[test]
    fn a_monotonic_clock_that_slept_is_made_up_for() {
        let mut clock = Clock::new(10_000_000, 500);
        let before = clock.read(10_000_000, 500);
        assert_eq!(clock.read(10_060_000, 500).since(before), Duration::from_secs(60));
    }

    #[test]
    fn moments_and_times_of_day_lead_to_each_other_after_the_clock_was_set() {
        let mut clock = Clock::new(10_000_000, 0);
        let moment = clock.read(9_000_000, 1_000);
        assert_eq!(clock.moment_of(9_000_000), moment);
        assert_eq!(clock.wall_at(moment), 9_000_000);
        assert_eq!(clock.wall_at(clock.moment_of(8_999_000)), 8_999_000);
        assert_eq!(clock.moment_of(9_999_999), moment, "nothing is known of what lies ahead");
    }
}
