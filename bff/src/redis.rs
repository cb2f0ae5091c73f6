//! The shared access to Redis: the server's address ([`address`]), the connection of all workers ([`link`]), and the
//! scripts that run there ([`script`]). The callers decide what they keep in Redis.

pub mod address;
pub mod link;
pub mod script;
mod store_error;

pub use address::RedisAddress;
pub use link::{Link, LinkError};
pub use store_error::{StoreError, StoreFuture};
