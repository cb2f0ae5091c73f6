//! Several processes that share a Redis, and the parts that use it.

mod chaos;
mod invalidation;
mod oidc;
mod rate_limit;
mod redis_commands;
mod redis_counts;
mod redis_link;
mod redis_outage;
mod second_level;
mod sessions;
mod streams;
