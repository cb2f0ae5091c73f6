// The examples of the page are one app and no tests of their own: they are compiled as examples/guide.rs.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

mod boundary;
mod client;
mod conflict;
#[cfg(feature = "devtools")]
mod devtools;
mod fault;
mod fetcher;
mod hooks;
mod initial_data;
mod key_defaults;
mod listeners;
mod mutation;
mod provider;
mod query;
mod result;
mod runtime;
mod sharing;
mod subscribers;

pub use query_core::{
    Backoff, Change, FetchStatus, Filter, Inspected, Kind, Moment, MutationFilter, MutationId,
    MutationOptions, MutationState, MutationStatus, NetworkMode, Page, Pages, QueryDefaults, QueryKey, Real,
    Refetch, Retry, Segment, Status, Targets, TypeConflict, Value, query_key,
};

#[cfg(feature = "hydrate")]
pub use query_core::{HydrateError, Shapes};

pub use boundary::{BoundaryFault, QueryBoundary, QueryBoundaryProps};
#[cfg(feature = "persist")]
pub use client::persist::{LocalStorage, Persist, Persistence, Storage};
pub use client::{QueryClient, awaited::Prefetch, events::Subscription};
#[cfg(feature = "devtools")]
pub use devtools::{QueryDevtools, QueryDevtoolsProps};
pub use fault::Fault;
pub use fetcher::FetchContext;
pub use hooks::{
    InfiniteQuery, InfiniteResult, Loaded, MutationHandle, use_infinite_query, use_is_fetching,
    use_is_fetching_of, use_is_mutating, use_mutation, use_mutation_states, use_queries, use_query,
    use_query_client, use_query_select, use_suspense_query,
};
pub use mutation::{
    Mutation, MutationResult,
    call::MutationCall,
    events::MutationSubscription,
    optimistic::Optimistic,
    outcome::MutationOutcome,
    run::{MutationChange, MutationContext},
};
pub use provider::{QueryClientProvider, QueryClientProviderProps};
pub use query::Query;
pub use result::QueryResult;
pub use sharing::share_items;
