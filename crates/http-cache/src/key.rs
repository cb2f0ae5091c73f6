//! The key of a stored answer: its partition, and the upstream's path and query, byte for byte.

use super::freshness::Audience;

/// The key of a stored answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The partition that the answer belongs to.
    pub partition: Partition,
    /// Path and query below the base URL.
    pub target: String,
}

/// The part of the cache that an answer belongs to. No request is ever answered from another partition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Partition {
    /// Answers to requests of any client.
    Shared,
    /// Answers to one client, by a name that no other client has.
    Private(Box<[u8]>),
}

impl Partition {
    /// The kind of cache that the partition is.
    #[must_use]
    pub const fn audience(&self) -> Audience {
        match self {
            Self::Shared => Audience::Shared,
            Self::Private(_) => Audience::Private,
        }
    }
}
