//! The cache from outside, on a virtual clock: one file per behaviour, all driven through `stage`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test fails the test")]

mod choices;
mod collection;
mod equality;
mod filters;
mod flights;
mod held_reads;
mod histories;
#[cfg(feature = "hydrate")]
mod hydration;
mod inspection;
mod intervals;
mod keys_and_placeholders;
mod mutation_filters;
mod mutation_network;
mod mutation_order;
mod mutation_queue;
mod mutations;
mod network;
mod paging;
mod retries;
mod rollbacks;
mod stage;
mod staleness;
mod types;
mod watching;
