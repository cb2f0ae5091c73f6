//! Reverse proxies in front of the server under test, with the configurations that the documentation gives.
//!
//! [`page`] reads them out of a page, a test puts its own addresses in, and [`Front`] runs them. nginx, Caddy and HAProxy have to be
//! installed: `cargo xtask test` does that.
#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test harness: whatever goes wrong in it fails a test by panicking"
)]

mod front;
mod listening;
pub mod page;
mod port;

pub use front::{Front, check_nginx};
pub use listening::Listening;
pub use port::unused_port;
