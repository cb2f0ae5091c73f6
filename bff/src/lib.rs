//! A Backend-for-Frontend server: the browser talks to it alone, it talks to the API.
//!
//! A request enters through [`http`]; one of the [`handlers`] makes an exchange of it, and the [`pipeline`] takes that to
//! its answer: past the [`guard`], to a route of the [`route_table`], through the cache or to the upstream, and back by the
//! rules of [`response`]. [`session`] and [`sign_in`] keep people signed in, [`replicas`] is what several servers share of
//! their caches, [`mod@redis`] the way there. [`failure`] makes a status of everything that can go wrong. Everything that is
//! not the API is the single-page app ([`spa`]). [`app`] puts the parts together as [`config`] says.
//!
//! Rooms import downwards only; `cargo xtask check` holds their ranks (ARCHITECTURE.md has the table).

pub mod app;
pub mod batch;
pub mod config;
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
