//! A Backend-for-Frontend server: the browser talks to it alone, it talks to the API.
//!
//! A request enters through [`http`], and one of the [`handlers`] makes an exchange of it. The [`pipeline`] takes the
//! exchange past the [`guard`], to a route of the [`route_table`], and through the cache or to the upstream. The
//! rules of [`response`] apply on the way back. [`session`] and [`sign_in`] keep people signed in. [`replicas`]
//! shares caches between servers over [`mod@redis`]. [`failure`] makes a status of every error. Everything that is
//! not the API is the single-page app ([`spa`]). [`app`] assembles the parts as [`config`] says.
//!
//! Rooms import downwards only; `cargo xtask check` holds their ranks (ARCHITECTURE.md has the table).

pub mod app;
pub mod batch;
pub mod config;
pub mod connection;
pub mod failure;
pub mod guard;
pub mod handlers;
pub mod http;
pub mod keys;
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

pub use app::Application;
pub use config::Config;
