//! The real server on a free port, spoken to in HTTP as bytes; a file per behaviour.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot go on says so by panicking, and nobody reads its documentation from outside"
)]

mod browser;
mod disconnect;
mod forwarding;
mod headers;
mod health;
mod hostile_upstream;
mod lifecycle;
mod limits;
mod oidc_provider;
mod paths;
mod routes;
mod spa;
mod test_app;
mod tls;
mod upstream;
