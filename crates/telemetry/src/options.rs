//! Settings of the log.

/// Filter and format of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOptions {
    /// A level, or `tracing` directives.
    pub filter: String,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of the log: for people or for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// People: `[API] GET /todos 200 12ms`.
    Pretty,
    /// Machines: one JSON object a line.
    Json,
}
