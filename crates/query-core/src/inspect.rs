//! The state of every query at a glance, for filters, and for tools that show it to a developer.

use crate::key::QueryKey;
use crate::moment::Moment;
use crate::value::Value;
use crate::view::{FetchStatus, Status};

/// One query of the cache.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Inspected {
    /// Its key.
    pub key: QueryKey,
    /// The state of the data.
    pub status: Status,
    /// The state of the fetch.
    pub fetch: FetchStatus,
    /// Whether it was invalidated, or is older than the shortest stale time of its observers, or else the default one.
    pub stale: bool,
    /// Number of observers.
    pub observers: usize,
    /// Number of observers that make it fetch.
    pub active: usize,
    /// Failed attempts of the current or last flight.
    pub failures: u32,
    /// When its data was true.
    pub updated_at: Option<Moment>,
    /// Its data.
    pub data: Option<Value>,
    /// The error of its last fetch.
    pub error: Option<Value>,
    /// What its observers say of it.
    pub meta: Option<Value>,
}
