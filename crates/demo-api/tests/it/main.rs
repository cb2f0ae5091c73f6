//! The demo upstream from outside: a real server on a free port, spoken to over HTTP.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod auth;
mod bodies;
mod compression;
mod conditional;
mod cors;
mod delay;
mod demo;
mod errors;
mod events;
mod lifecycle;
mod listings;
mod persistence;
mod probe;
#[cfg(unix)]
mod program;
mod rate_limit;
mod simulate;
mod todos;
mod tokens;
mod users;
