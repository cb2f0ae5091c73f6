//! A Backend-for-Frontend server: the browser talks to it alone, it talks to the API.
//!
//! A request enters through [`http`], is taken apart by one of the [`handlers`] into an [`exchange`], finds
//! its policy in the [`route_table`], and goes through the [`pipeline`] to the [`upstream`]; what comes back
//! passes [`response`]. What many replicas share is behind [`mod@redis`], and what
//! they share of their caches in [`replicas`]. Everything that is not the API is the single-page app ([`spa`]).
//! [`app`] puts the parts together as [`config`] says, and [`telemetry`] tells what happened.

pub mod app;
pub mod batch;
pub mod cache;
pub mod config;
pub mod failure;
pub mod guard;
pub mod handlers;
pub mod http;
pub mod keys;
pub mod message;
pub mod metrics;
pub mod otlp;
pub mod pipeline;
pub mod rate_limit;
pub mod redis;
pub mod replicas;
pub mod response;
pub mod route_table;
pub mod session;
pub mod sign_in;
pub mod spa;
pub mod telemetry;
pub mod upstream;

pub use app::Application;
pub use config::Config;
