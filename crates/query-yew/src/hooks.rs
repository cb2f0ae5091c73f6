//! The hooks, one file each, and what they have in common.

mod mutation_progress;
mod mutation_watch;
mod observation;
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
