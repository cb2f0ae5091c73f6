// The examples of the page are one app and no tests of their own: they are compiled as examples/guide.rs.
#![cfg_attr(not(doctest), doc = include_str!("../README.md"))]

mod client;
#[cfg(feature = "devtools")]
mod devtools;
mod fetcher;
mod listeners;
mod mutation;
mod observation;
mod optimistic;
mod provider;
mod query;
mod result;
mod runtime;
mod use_infinite_query;
mod use_is_fetching;
mod use_mutation;
mod use_query;
mod use_query_client;
mod use_query_select;

pub use query_core::{
    FetchStatus, Moment, Page, Pages, QueryDefaults, QueryError, QueryKey, Retry, Segment, Status, query_key,
};

#[cfg(feature = "hydrate")]
pub use query_core::HydrateError;

pub use client::QueryClient;
#[cfg(feature = "devtools")]
pub use devtools::QueryDevtools;
pub use fetcher::FetchContext;
pub use mutation::Mutation;
pub use optimistic::Optimistic;
pub use provider::{QueryClientProvider, QueryClientProviderProps};
pub use query::Query;
pub use result::QueryResult;
pub use use_infinite_query::{InfiniteQuery, InfiniteResult, use_infinite_query};
pub use use_is_fetching::use_is_fetching;
pub use use_mutation::{MutationHandle, use_mutation};
pub use use_query::use_query;
pub use use_query_client::use_query_client;
pub use use_query_select::use_query_select;
