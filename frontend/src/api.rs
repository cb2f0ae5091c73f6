//! The requests of the app, one module per domain, all over one transport.

pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod json;
pub(crate) mod session;
pub(crate) mod session_end;
pub(crate) mod todos;
pub(crate) mod users;

mod batcher;
mod client;
mod exchange;
mod fetch;
mod inlined;
mod lines;
mod version;

pub(crate) use batcher::limit_batch_size;
pub(crate) use client::all_answered;
pub(crate) use error::ApiError;
pub(crate) use version::Version;
