//! Settings of the log.

use super::access::LogUser;

/// Filter and form of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOptions {
    /// A level, or `tracing` directives.
    pub filter: String,
    /// The form of a line.
    pub format: LogFormat,
    /// The name of people in access lines.
    pub user: LogUser,
}

/// The form of the log: for people or for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// People: `[API] GET /todos 200 12ms`.
    Pretty,
    /// Machines: one JSON object a line.
    Json,
}
