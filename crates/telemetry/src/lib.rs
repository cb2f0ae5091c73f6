//! Log lines, metrics and spans of the server: words and numbers in, lines, metrics and spans out.
//!
//! This crate knows neither errors nor sessions of its callers. A caller says what happened in `&str`, numbers and the
//! types of [`http_message`]. The process-wide recorders do nothing until they are installed.
//!
//! | | start it | tell it |
//! |---|---|---|
//! | log | [`init`] | `tracing`, [`Access`] for the line of a request, [`security`] and [`browser`] for events |
//! | metrics | [`metrics::install`] | functions of [`metrics`]; [`metrics::text`] is Prometheus' format |
//! | spans | [`spans::collect`] | [`spans::served`] and [`spans::asked`] |
//! | trace ids | | [`trace::within`]: every line logged inside carries the trace's id |
//!
//! ```
//! use std::time::Duration;
//!
//! telemetry::metrics::install()?;
//! telemetry::metrics::ended(Some("/todos/{id}"), "2xx", Duration::from_millis(12));
//! let text = String::from_utf8(telemetry::metrics::text()?)?;
//! assert!(text.contains(r#"bff_request_duration_seconds_count{outcome="2xx",route="/todos/{id}"} 1"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod access;
pub mod browser;
mod json;
mod line_buffer;
mod log;
pub mod metrics;
mod options;
mod refusals;
pub mod security;
pub mod spans;
pub mod trace;

pub use self::{
    access::{Access, LogUser, Served},
    json::line as json_line,
    log::{InitError, flush, init, report_panics},
    options::{LogFormat, LogOptions},
};
