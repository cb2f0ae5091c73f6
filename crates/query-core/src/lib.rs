#![doc = include_str!("../README.md")]

mod client;
mod entry;
mod event;
mod flight;
mod gc;
#[cfg(feature = "hydrate")]
mod hydrate;
mod inspect;
mod key;
mod moment;
mod mutation;
mod observer;
mod options;
mod pages;
mod retry;
mod running_mutations;
mod sorted_map;
mod value;

pub use client::Cache;
pub use event::{Effect, Event, FetchKind, FlightId, MutationId, ObserverId};
#[cfg(feature = "hydrate")]
pub use hydrate::{HydrateError, hydration};
pub use inspect::Inspected;
pub use key::{QueryKey, Segment};
pub use moment::Moment;
pub use observer::{FetchStatus, Status, View};
pub use options::{Options, QueryDefaults};
pub use pages::{Page, Pages};
pub use retry::{Failure, LONGEST_SERVER_WAIT, QueryError, Retry, wait_before_retry};
pub use sorted_map::SortedMap;
pub use value::Value;
