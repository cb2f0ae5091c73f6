//! The access line: the one line that every API request leaves, for people or for machines.
//!
//! Its number grows with the traffic, and its parts are known. It is therefore made without `tracing`, in a buffer of the
//! thread.

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    sync::OnceLock,
    time::Duration,
};

use tracing::Level;
use tracing_subscriber::{
    filter::Targets,
    fmt::{
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
};

use http_message::{TraceContext, methods::METHOD_MAX};

use super::{line_buffer::LineBuffer, options::LogFormat, security::printable_within};

/// The target by which a filter names access lines.
const TARGET: &str = "bff::access";

/// The most bytes of a path that are logged.
const PATH_MAX: usize = 256;

/// The access log of this process; there is none before [`start`].
static LOG: OnceLock<AccessLog> = OnceLock::new();

struct AccessLog {
    format: LogFormat,
    /// Whether the filter lets traffic through.
    traffic: bool,
    /// Whether the filter lets faults through.
    faults: bool,
    lines: &'static LineBuffer,
}

/// Starts the access log, as far as `filter` wants one. Only the first call counts.
pub(super) fn start(format: LogFormat, filter: &Targets, lines: &'static LineBuffer) {
    let traffic = filter.would_enable(TARGET, &Level::INFO);
    let faults = filter.would_enable(TARGET, &Level::WARN);
    LOG.get_or_init(|| AccessLog { format, traffic, faults, lines });
}

thread_local! {
    /// The line being made; its memory is used again for the next.
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Milliseconds as a number that is formatted fast: one of 128 bits is not.
fn millis(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// The line for machines, its fields in the order in which people read them.
#[derive(serde::Serialize)]
struct JsonLine<'a> {
    timestamp: &'a str,
    level: &'a str,
    target: &'a str,
    trace_id: &'a str,
    span_id: &'a str,
    message: &'a str,
    request_id: &'a str,
    method: &'a str,
    path: &'a str,
    status: u16,
    ms: u64,
    outcome: &'a str,
}

/// The access line of one API request.
#[derive(Debug)]
pub struct Access<'a> {
    /// The request's id.
    pub request_id: &'a str,
    /// The request's span.
    pub trace: TraceContext,
    /// The method, as sent.
    pub method: &'a str,
    /// The path below `/api/server`. The query is left out: it may hold private data.
    pub path: &'a str,
    /// The status, as answered.
    pub status: u16,
}

impl Access<'_> {
    /// Writes the line: `[API] GET /todos 200 12ms`.
    ///
    /// `outcome` says how the answer ended where that was not with its last byte, or why the BFF answered
    /// itself.
    pub fn write(&self, elapsed: Duration, outcome: Option<&str>) {
        let Some(log) = LOG.get() else { return };
        if !(if self.is_fault() { log.faults } else { log.traffic }) {
            return;
        }
        let ms = millis(elapsed);
        LINE.with_borrow_mut(|line| {
            line.clear();
            // Writing to a string fails only where a value does not want to be written, and none of these does.
            let made = match log.format {
                LogFormat::Pretty => self.pretty(line, ms, outcome),
                LogFormat::Json => self.json(line, ms, outcome),
            };
            if made.is_ok() {
                log.lines.access(line.as_bytes(), self.is_fault());
            }
        });
    }

    fn pretty(&self, line: &mut String, ms: u64, outcome: Option<&str>) -> fmt::Result {
        SystemTime.format_time(&mut Writer::new(line))?;
        // Text is appended as it is: to format it costs a tenth of the line.
        line.push_str(if self.is_fault() { "  WARN [API] " } else { "  INFO [API] " });
        line.push_str(self.method());
        line.push(' ');
        line.push_str(&printable_within(self.path, PATH_MAX));
        write!(line, " {} {ms}ms", self.status)?;
        // The reader of an error wants its reason, and its id to find it again.
        if let Some(outcome) = outcome {
            write!(line, " ({outcome}; request {})", self.request_id)?;
        }
        line.push('\n');
        Ok(())
    }

    fn json(&self, line: &mut String, ms: u64, outcome: Option<&str>) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let object = JsonLine {
            timestamp: &timestamp,
            level: if self.is_fault() { "WARN" } else { "INFO" },
            target: TARGET,
            trace_id: &self.trace.trace_id(),
            span_id: &self.trace.span_id(),
            message: "[API]",
            request_id: self.request_id,
            method: self.method(),
            path: &printable_within(self.path, PATH_MAX),
            status: self.status,
            ms,
            outcome: outcome.unwrap_or("ok"),
        };
        writeln!(line, "{}", serde_json::to_string(&object).map_err(|_| fmt::Error)?)
    }

    /// Whether the answer is a fault of ours or of the upstream's, and for the operator; everything else is traffic.
    const fn is_fault(&self) -> bool {
        self.status >= 500
    }

    /// The method. A name beyond this length is no route's, and was refused.
    fn method(&self) -> &str {
        self.method.get(..METHOD_MAX).unwrap_or(self.method)
    }
}
