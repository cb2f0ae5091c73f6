//! Several processes that share a Redis.

mod chaos;
mod invalidation;
mod redis_counts;
mod redis_link;
mod redis_outage;
mod second_level;
pub mod sessions;
