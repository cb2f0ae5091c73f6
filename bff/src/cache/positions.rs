//! What has changed where in the log that replicas share: by it an answer that one of them has fetched is judged by
//! another.
//!
//! An answer has the position up to which its replica had heard of changes when the request began. A change further on
//! outdates it, whether it was fetched before that change or just after.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering::SeqCst},
};

use super::buckets::SLOTS;

/// Bits of a place that count messages within one millisecond.
const COUNT_BITS: u32 = 20;

/// A place in the log. Later ones are greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u64);

/// The last change of everything.
pub struct Positions {
    read: AtomicU64,
    /// Of what is before nothing is known.
    floor: AtomicU64,
    changed: Box<[AtomicU64]>,
}

impl Default for Positions {
    fn default() -> Self {
        let changed = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { read: AtomicU64::new(0), floor: AtomicU64::new(0), changed }
    }
}

impl Position {
    /// The place of a message by its name in a stream, `milliseconds-count`.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        let (millis, count) = id.split_once('-')?;
        let (millis, count): (u64, u64) = (millis.parse().ok()?, count.parse().ok()?);
        let fits = count < 1 << COUNT_BITS && millis < 1 << (u64::BITS - COUNT_BITS);
        fits.then_some(Self(millis << COUNT_BITS | count))
    }

    /// The first place of the millisecond after this one. Of the last one, in 500 years, there is none: what is told then
    /// finds no place.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(((self.0 >> COUNT_BITS) + 1) << COUNT_BITS)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0 >> COUNT_BITS, self.0 & ((1 << COUNT_BITS) - 1))
    }
}

impl Positions {
    /// How far the log has been read.
    #[must_use]
    pub fn read(&self) -> Position {
        Position(self.read.load(SeqCst))
    }

    /// All up to there has been read.
    pub fn read_to(&self, position: Position) {
        self.read.fetch_max(position.0, SeqCst);
    }

    /// What has these numbers has changed there.
    pub fn change(&self, slots: impl IntoIterator<Item = u32>, position: Position) {
        for slot in slots {
            if let Some(slot) = self.changed.get(slot as usize) {
                slot.fetch_max(position.0, SeqCst);
            }
        }
    }

    /// Everything may have changed before that.
    pub fn change_all(&self, position: Position) {
        self.floor.fetch_max(position.0, SeqCst);
    }

    /// The least that an answer about what has these numbers has to have.
    #[must_use]
    pub fn least(&self, slots: &[u32]) -> Position {
        let changed = slots.iter().filter_map(|slot| self.changed.get(*slot as usize));
        let changed = changed.chain([&self.floor]).map(|position| position.load(SeqCst));
        Position(changed.max().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_message_has_a_greater_place() {
        let ids = ["0-1", "1-0", "1700000000000-0", "1700000000000-1", "1700000000001-0"];
        let places: Vec<_> = ids.iter().map(|id| Position::of(id).unwrap()).collect();
        assert!(places.is_sorted_by(|one, other| one < other));
        assert!(places.iter().zip(ids).all(|(place, id)| place.to_string() == id && place.next() > *place));
        for wrong in ["", "1", "1-", "a-0", "1-1048576", "18446744073709551615-0"] {
            assert_eq!(Position::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_answer_has_to_be_later_than_every_change_of_what_it_is_about() {
        let positions = Positions::default();
        positions.change([1], Position(5));
        positions.change([2], Position(7));
        positions.change([1], Position(4));
        assert_eq!([&[1][..], &[1, 2], &[3]].map(|slots| positions.least(slots).0), [5, 7, 0]);
        positions.change_all(Position(6));
        assert_eq!([&[1][..], &[2], &[3]].map(|slots| positions.least(slots).0), [6, 7, 6]);
    }
}
