//! The way to the upstream: who may go ([`path`], [`headers`]), how long it may take ([`deadline`]), the
//! connection ([`connector`], [`wire`]) and the one narrow seam to awc ([`client`]). What the BFF asks on its own
//! behalf goes by [`mod@call`].

pub mod call;
pub mod client;
pub mod connector;
pub mod deadline;
pub mod error;
pub mod headers;
pub mod repeatable;
pub mod wire;

pub use client::{Client, UpstreamRequest, UpstreamResponse};
pub use error::UpstreamError;
