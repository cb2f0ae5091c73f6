//! The one way to Redis: where it is ([`address`]), the connection that all workers share ([`link`]), and the scripts
//! that run there ([`script`]). What is kept there is the business of those who keep it.

pub mod address;
pub mod link;
pub mod script;
mod store_error;

pub use address::RedisAddress;
pub use link::{Link, LinkError};
pub use store_error::{StoreError, StoreFuture};
