#![doc = include_str!("../README.md")]

mod client;
mod clock;
mod commands;
mod entry;
mod event;
mod filter;
mod flight;
mod gc;
#[cfg(feature = "hydrate")]
mod hydrate;
mod inspect;
mod key;
mod kind;
mod matching;
mod moment;
mod mutation;
mod named_keys;
mod observer;
mod options;
mod pages;
mod retry;
mod sorted_map;
mod value;
mod view;

pub use client::Cache;
pub use clock::Clock;
pub use event::{Change, Effect, Event, FlightId, MutationEffect, MutationEnd, MutationId, ObserverId};
pub use filter::{Filter, Targets};
#[cfg(feature = "hydrate")]
pub use hydrate::{HydrateError, Hydrated, Shapes, hydration};
pub use inspect::Inspected;
pub use key::{QueryKey, Real, Segment};
pub use kind::{Kind, TypeConflict};
pub use moment::Moment;
pub use mutation::{
    filter::MutationFilter,
    options::MutationOptions,
    queue::NewMutation,
    state::{MutationState, MutationStatus},
};
pub use options::{NetworkMode, Options, Plan, QueryDefaults, Refetch};
pub use pages::{Page, Pages};
pub use retry::{Backoff, Failure, LONGEST_SERVER_WAIT, Retry, Verdicts, wait_before_retry};
pub use sorted_map::SortedMap;
pub use value::Value;
pub use view::{FetchKind, FetchStatus, Status, View};
