// The examples of the page are one app and no tests of their own: they are compiled as examples/guide.rs.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

mod awaited;
mod boundary;
mod cache_events;
mod client;
mod client_mutations;
mod conflict;
#[cfg(feature = "devtools")]
mod devtools;
mod fault;
mod fetcher;
#[cfg(feature = "hydrate")]
mod hydration;
mod initial_data;
mod key_defaults;
mod listeners;
mod mutation;
mod mutation_call;
mod mutation_driver;
mod mutation_events;
mod mutation_outcome;
mod mutation_progress;
mod mutation_run;
mod mutation_task;
mod mutation_watch;
mod observation;
mod optimistic;
#[cfg(feature = "persist")]
mod persist;
mod provider;
mod query;
mod result;
mod runtime;
mod sharing;
mod subscribers;
mod use_infinite_query;
mod use_is_fetching;
mod use_is_mutating;
mod use_mutation;
mod use_mutation_states;
mod use_queries;
mod use_query;
mod use_query_client;
mod use_query_select;
mod use_suspense_query;

pub use query_core::{
    Backoff, Change, FetchStatus, Filter, Inspected, Kind, Moment, MutationFilter, MutationId,
    MutationOptions, MutationState, MutationStatus, NetworkMode, Page, Pages, QueryDefaults, QueryKey, Real,
    Refetch, Retry, Segment, Status, Targets, TypeConflict, Value, query_key,
};

#[cfg(feature = "hydrate")]
pub use query_core::{HydrateError, Shapes};

pub use awaited::Prefetch;
pub use boundary::{BoundaryFault, QueryBoundary, QueryBoundaryProps};
pub use cache_events::Subscription;
pub use client::QueryClient;
#[cfg(feature = "devtools")]
pub use devtools::{QueryDevtools, QueryDevtoolsProps};
pub use fault::Fault;
pub use fetcher::FetchContext;
pub use mutation::{Mutation, MutationResult};
pub use mutation_call::MutationCall;
pub use mutation_events::MutationSubscription;
pub use mutation_outcome::MutationOutcome;
pub use mutation_run::{MutationChange, MutationContext};
pub use optimistic::Optimistic;
#[cfg(feature = "persist")]
pub use persist::{LocalStorage, Persist, Persistence, Storage};
pub use provider::{QueryClientProvider, QueryClientProviderProps};
pub use query::Query;
pub use result::QueryResult;
pub use sharing::share_items;
pub use use_infinite_query::{InfiniteQuery, InfiniteResult, use_infinite_query};
pub use use_is_fetching::{use_is_fetching, use_is_fetching_of};
pub use use_is_mutating::use_is_mutating;
pub use use_mutation::{MutationHandle, use_mutation};
pub use use_mutation_states::use_mutation_states;
pub use use_queries::use_queries;
pub use use_query::use_query;
pub use use_query_client::use_query_client;
pub use use_query_select::use_query_select;
pub use use_suspense_query::{Loaded, use_suspense_query};
