//! Integration tests: the real server on a free port, spoken to in HTTP as bytes; a folder per part, a file per behaviour.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot go on says so by panicking, and a test has no public documentation"
)]

mod cache;
mod harness;
mod proxy;
mod replicas;
mod server;
mod session;
