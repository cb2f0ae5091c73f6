//! The time that a browser may take for its part of an exchange.

use std::time::Duration;

/// The least rate of a browser's part, in bytes a second, once the idle time is used up.
const LEAST_RATE: u64 = 1024;

/// How long a browser has been waited for, and what came of it. One that crawls is silent most of the time, however often it
/// breaks the silence: its silences together may last for the idle time, and longer only as it moves bytes.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    idle: Duration,
    waited: Duration,
    bytes: u64,
}

impl Patience {
    /// Patience that lasts for `idle`.
    #[must_use]
    pub const fn new(idle: Duration) -> Self {
        Self { idle, waited: Duration::ZERO, bytes: 0 }
    }

    /// The longest that the next silence may last.
    #[must_use]
    pub fn left(&self) -> Duration {
        let earned = Duration::from_millis(self.bytes.saturating_mul(1000) / LEAST_RATE);
        self.idle.min((self.idle + earned).saturating_sub(self.waited))
    }

    /// Takes note of a silence.
    pub fn waited(&mut self, silence: Duration) {
        self.waited += silence;
    }

    /// Takes note of bytes that moved.
    pub fn moved(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_together_last_for_the_idle_time_and_longer_only_with_bytes() {
        let seconds = Duration::from_secs;
        let mut patience = Patience::new(seconds(60));
        assert_eq!(patience.left(), seconds(60));
        patience.waited(seconds(50));
        patience.moved(1);
        assert_eq!(patience.left().as_secs(), 10);
        patience.waited(seconds(10));
        assert_eq!(patience.left().as_secs(), 0);
        // A slow line moves more in its silences than they cost.
        patience.moved(60 * 1024);
        assert_eq!(patience.left(), seconds(60));
        for _ in 0..1000 {
            patience.waited(seconds(20));
            patience.moved(20 * 1024);
        }
        assert_eq!(patience.left(), seconds(60));
    }
}
