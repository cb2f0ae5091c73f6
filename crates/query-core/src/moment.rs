//! Points in time, handed in by the cache's driver. The cache has no clock of its own.

use std::time::Duration;

/// Milliseconds since an origin the driver chooses (in a browser: the Unix epoch). Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The moment this many milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the origin.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This moment and `duration` later; the end of time if that overflows, so that `Duration::MAX` is "never".
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// How long ago `earlier` was; zero if it lies ahead (a clock may be set back).
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// Whole milliseconds of a duration.
// `Duration::as_millis` computes in 128 bits, which WebAssembly has to emulate.
pub(crate) const fn millis(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000).saturating_add(duration.subsec_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_duration_reaches_the_end_of_time() {
        assert_eq!(Moment::from_millis(5).plus(Duration::MAX), Moment::from_millis(u64::MAX));
    }

    #[test]
    fn a_moment_ahead_is_no_time_ago() {
        assert_eq!(Moment::from_millis(5).since(Moment::from_millis(9)), Duration::ZERO);
        assert_eq!(Moment::from_millis(9).since(Moment::from_millis(5)), Duration::from_millis(4));
    }
}
