//! The type of a query's data, for those who know it no more.

use std::any::{TypeId, type_name};

/// The type of a query's data.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    id: TypeId,
    name: &'static str,
}

impl Kind {
    /// The kind of `T`.
    pub fn of<T: 'static>() -> Self {
        Self { id: TypeId::of::<T>(), name: type_name::<T>() }
    }

    /// The name of the type, as the compiler writes it.
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Kind {}

/// Two types under one key: what the cache holds there, and what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeConflict {
    /// The type that came first. It has the key for as long as the query is in the cache.
    pub held: Kind,
    /// The other one.
    pub wanted: Kind,
}
