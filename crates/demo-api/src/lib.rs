//! The embedded demo upstream: a small HTTP API for todos, users and logins. It answers as the public DummyJSON service
//! does, from a data set of its own, and stores changes.
//!
//! It exists so that the first command of the README shows a working dashboard with nothing else installed,
//! and so that tests have an upstream with all the habits of a real one: weak ETags, compression, a rate
//! limit, a keep-alive that ends after five seconds, HTML error pages where JSON was asked for.
//!
//! # Logging in
//! Username `ada`, password `adapass` ([`ACCOUNT`]). Every other user's password is the username followed by `pass`.
//!
//! # Events
//! `GET /todos/events` is a stream of server-sent events: `created`, `updated` and `deleted`, with the todo as JSON. The service
//! has nothing like it. `Last-Event-ID` goes on after one of the last 1,000 events; a reader whose id is older, or unknown, gets
//! an event `reset` and reads the todos anew. A comment every 15 seconds keeps a silent stream open. A stream ends with the server.
//!
//! # Conditions of a change
//! One todo (`GET`, `PUT` and `PATCH /todos/{id}`, `POST /todos/add`) has a strong `ETag`. `PUT`, `PATCH` and `DELETE` with an
//! `If-Match` that does not name it are 412 (RFC 9110, 13.1.1), so that nobody overwrites what somebody else has changed since.
//! The service has weak tags and ignores the field. [`DemoConfig::simulate`] does the same.
//!
//! # Where it differs from the service, and why
//! - What is created, changed or deleted stays so. [`DemoConfig::simulate`] gives the service's own behaviour.
//! - `GET /users` and `GET /users/{id}` never show `password`, `ssn` and `bank`. Anyone may ask for them, and a
//!   demo should not teach that this is normal. `GET /auth/me` shows all 28 fields to the user they belong to.
//! - A stored todo always has its four fields with their types: a missing text is empty, a missing state is
//!   "not completed", whatever else is sent is converted. The service echoes what it was given.
//! - A negative `limit` or `skip`, an unknown status under `/http/`, and a life time of a token that is out of
//!   range are 400, where the service slices from the end or answers 500.
//! - The words about a malformed JSON body are those of `serde_json`.

/// Name and password of the account that a demo names to people.
pub const ACCOUNT: (&str, &str) = ("ada", "adapass");

mod body;
mod compression;
mod conditional;
mod config;
mod cors;
mod document;
mod error;
mod events;
mod front;
mod in_flight;
mod javascript;
mod jwt;
mod path;
mod query;
mod rate_limit;
mod reply;
mod routes;
mod server;
mod start_error;
mod state;
mod store;
mod users;

pub use crate::config::{Database, DemoConfig};
pub use crate::server::{DemoApi, start};
pub use crate::start_error::DemoError;
