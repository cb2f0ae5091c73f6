//! The part of a query library that knows no framework: a cache of asynchronous queries in the manner of TanStack
//! Query, written as a synchronous state machine. [`Cache::step`] takes an [`Event`] and the time and returns the
//! [`Effect`]s to carry out. It spawns nothing, sleeps never and asks no clock, so that all of it is tested on a
//! virtual one. Values are type-erased ([`Value`]), so that one cache holds them all and generic code stays thin.

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
mod mutation_filter;
mod mutation_options;
mod mutation_queue;
mod mutation_run;
mod mutation_state;
mod network_mode;
mod observer;
mod options;
mod pages;
mod retry;
mod running_mutations;
mod sorted_map;
mod value;

pub use client::Cache;
pub use event::{Effect, Event, FetchKind, FlightId, MutationEffect, MutationEnd, MutationId, ObserverId};
#[cfg(feature = "hydrate")]
pub use hydrate::{HydrateError, hydration};
pub use inspect::Inspected;
pub use key::{QueryKey, Segment};
pub use moment::Moment;
pub use mutation_filter::MutationFilter;
pub use mutation_options::MutationOptions;
pub use mutation_queue::NewMutation;
pub use mutation_state::{MutationState, MutationStatus};
pub use network_mode::NetworkMode;
pub use observer::{FetchStatus, Status, View};
pub use options::{Options, QueryDefaults};
pub use pages::{Page, Pages};
pub use retry::{Failure, LONGEST_SERVER_WAIT, Retry, Verdicts, wait_before_retry};
pub use sorted_map::SortedMap;
pub use value::Value;
