//! What an answer is kept under: for whom, and the upstream's path and query, byte for byte.

use super::freshness::Audience;

/// Where an answer is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// For whom.
    pub partition: Partition,
    /// Path and query below the base URL.
    pub target: String,
}

/// For whom an answer is kept. Nobody is ever answered from another's partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Partition {
    /// For whoever asks in nobody's name.
    Shared,
    /// For one session, by a name that no other has.
    Session(Box<[u8]>),
}

impl Partition {
    /// What kind of cache it is.
    #[must_use]
    pub const fn audience(&self) -> Audience {
        match self {
            Self::Shared => Audience::Shared,
            Self::Session(_) => Audience::Session,
        }
    }
}
