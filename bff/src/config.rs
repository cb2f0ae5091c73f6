//! The configuration: one small struct per concern, read from a [`Source`] and checked before a socket opens.
//!
//! Every error is collected, so that one start shows everything that is wrong, a line for each.

mod address;
mod check;
mod cleartext;
mod command_line;
mod dotenv;
mod error;
mod exposed;
mod guard;
mod hosts;
mod limits;
mod listen;
mod log;
mod log_format;
mod login;
mod oidc;
mod otlp;
mod parts;
mod permissions;
mod policy;
mod production;
mod profile;
mod read;
mod reader;
mod redis;
mod request_headers;
mod routes;
mod service_variables;
mod session;
mod setting;
mod source;
mod spa;
#[cfg(test)]
mod tests;
mod upstream;

pub use check::Checked;
pub use cleartext::ClearText;
pub use error::ConfigError;
pub use listen::Listen;
pub use log_format::asked_log_format;
pub use parts::Config;
pub use profile::Profile;
pub use setting::{SETTINGS, Setting};
pub use source::{Request, Source};
