//! The way to the upstream: who may go ([`path`], [`headers`]), how long it may take ([`deadline`]), the
//! connection ([`connector`], [`wire`]) and the one narrow seam to awc ([`client`]). What the BFF asks on its own
//! behalf goes by [`mod@call`].

mod base_url;
pub mod call;
pub mod client;
pub mod connector;
pub mod deadline;
pub mod error;
pub mod headers;
mod options;
pub mod repeatable;
pub mod wire;

pub use base_url::BaseUrl;
pub use client::{Client, UpstreamRequest, UpstreamResponse};
pub use error::UpstreamError;
pub use options::{Deadlines, UpstreamKind, UpstreamOptions};
