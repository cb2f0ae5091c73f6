//! The access line: the one line that every request leaves, health checks aside, for people or for machines.
//!
//! Its number grows with the traffic, and its parts are known. It is therefore made without `tracing`, in a buffer of the
//! thread.

mod user;

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    net::IpAddr,
    sync::{
        OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
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

pub use self::user::LogUser;
use self::user::Users;
use super::{line_buffer::LineBuffer, options::LogFormat, security::printable_within};

/// The target by which a filter names access lines.
const TARGET: &str = "bff::access";

/// The most bytes of a path that are logged.
const PATH_MAX: usize = 256;

/// The status in the line of a request whose browser has left before the answer; nginx has made it known.
pub const LEFT: u16 = 499;

/// The outcome of such a request, and of an answer that broke off.
pub const BROWSER_LEFT: &str = "the browser left";

/// The outcome of both once the server cuts what is under way.
const CUT: &str = "the server stopped";

/// Whether the server cuts what is under way. Like the log, there is one for the process.
static IS_CUT: AtomicBool = AtomicBool::new(false);

/// From here on requests that get no answer are cut by the server, and not left by their browsers.
pub fn cut() {
    IS_CUT.store(true, Ordering::Relaxed);
}

/// The access log of this process; there is none before [`start`].
static LOG: OnceLock<AccessLog> = OnceLock::new();

struct AccessLog {
    format: LogFormat,
    /// Whether the filter lets traffic through.
    traffic: bool,
    /// Whether the filter lets faults through.
    faults: bool,
    users: RwLock<Users>,
    lines: &'static LineBuffer,
}

/// Starts the access log, as far as `filter` wants one. Only the first call counts.
pub(super) fn start(format: LogFormat, user: &LogUser, filter: &Targets, lines: &'static LineBuffer) {
    let traffic = filter.would_enable(TARGET, &Level::INFO);
    let faults = filter.would_enable(TARGET, &Level::WARN);
    LOG.get_or_init(|| AccessLog { format, traffic, faults, users: RwLock::new(Users::new(user)), lines });
}

/// Names people in another way from now on, such as by a newer key.
pub fn name_people_by(user: &LogUser) {
    if let Some(log) = LOG.get() {
        *log.users.write().unwrap_or_else(PoisonError::into_inner) = Users::new(user);
    }
}

thread_local! {
    /// The line being made; its memory is used again for the next.
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Milliseconds as a number that is formatted fast: one of 128 bits is not.
fn millis(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// Appends a number without the machinery of formatting, which costs more than the number.
fn push_number(line: &mut String, number: u64) {
    line.push_str(itoa::Buffer::new().format(number));
}

/// Appends an address, in the same way where it is one of IPv4.
fn push_address(line: &mut String, address: IpAddr) -> fmt::Result {
    let IpAddr::V4(address) = address else { return write!(line, "{address}") };
    for (place, octet) in address.octets().into_iter().enumerate() {
        if place > 0 {
            line.push('.');
        }
        push_number(line, octet.into());
    }
    Ok(())
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
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    status: u16,
    bytes: u64,
    ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    outcome: &'a str,
}

/// The part of the server that a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// The API, below `/api/server`.
    Api,
    /// An address of the server's own: sign-in, session, reports.
    Own,
    /// The app: its files, and everything that is nobody else's.
    App,
}

impl Served {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "[API]",
            Self::Own => "[BFF]",
            Self::App => "[APP]",
        }
    }
}

/// The access line of one request.
#[derive(Debug)]
pub struct Access<'a> {
    /// The part of the server that it was for.
    pub served: Served,
    /// The request's id.
    pub request_id: &'a str,
    /// The request's span.
    pub trace: TraceContext,
    /// The method, as sent.
    pub method: &'a str,
    /// The path, for the API below `/api/server`. The query is left out: it may hold private data.
    pub path: &'a str,
    /// The template of the route, where there is one.
    pub route: Option<&'a str>,
    /// The id of the person in whose session it went.
    pub user: Option<&'a str>,
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The status, as answered.
    pub status: u16,
    /// Bytes of content that were handed to the connection, as they were encoded.
    pub bytes: u64,
}

impl Access<'_> {
    /// Writes the line: `[API] GET /todos 200 12ms bytes=532 address=127.0.0.1 route=/todos`.
    ///
    /// `outcome` says how the answer ended where that was not with its last byte, or why the BFF answered
    /// itself.
    pub fn write(&self, elapsed: Duration, outcome: Option<&str>) {
        let Some(log) = LOG.get() else { return };
        if !(if self.is_fault() { log.faults } else { log.traffic }) {
            return;
        }
        let ms = millis(elapsed);
        let outcome = match outcome {
            Some(BROWSER_LEFT) if IS_CUT.load(Ordering::Relaxed) => Some(CUT),
            outcome => outcome,
        };
        LINE.with_borrow_mut(|line| {
            line.clear();
            // Writing to a string fails only where a value does not want to be written, and none of these does.
            let user =
                self.user.and_then(|id| log.users.read().unwrap_or_else(PoisonError::into_inner).name(id));
            let made = match log.format {
                LogFormat::Pretty => self.pretty(line, ms, user.as_deref(), outcome),
                LogFormat::Json => self.json(line, ms, user.as_deref(), outcome),
            };
            if made.is_ok() {
                log.lines.access(line.as_bytes(), self.is_fault());
            }
        });
    }

    fn pretty(&self, line: &mut String, ms: u64, user: Option<&str>, outcome: Option<&str>) -> fmt::Result {
        SystemTime.format_time(&mut Writer::new(line))?;
        // Text is appended as it is: to format it costs a tenth of the line.
        line.push_str(if self.is_fault() { "  WARN " } else { "  INFO " });
        line.push_str(self.served.as_str());
        line.push(' ');
        line.push_str(self.method());
        line.push(' ');
        line.push_str(&printable_within(self.path, PATH_MAX));
        for (before, number) in [(" ", self.status.into()), (" ", ms), ("ms bytes=", self.bytes)] {
            line.push_str(before);
            push_number(line, number);
        }
        if let Some(address) = self.address {
            line.push_str(" address=");
            push_address(line, address)?;
        }
        if let Some(route) = self.route {
            line.push_str(" route=");
            line.push_str(route);
        }
        if let Some(user) = user {
            // An id with spaces in it could pass for further fields.
            let is_one_word = !user.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '=' | '('));
            if is_one_word { write!(line, " user={user}")? } else { write!(line, " user={user:?}")? }
        }
        // The reader of an error wants its reason, and its id to find it again.
        if let Some(outcome) = outcome {
            write!(line, " ({outcome}; request {})", self.request_id)?;
        }
        line.push('\n');
        Ok(())
    }

    fn json(&self, line: &mut String, ms: u64, user: Option<&str>, outcome: Option<&str>) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let object = JsonLine {
            timestamp: &timestamp,
            level: if self.is_fault() { "WARN" } else { "INFO" },
            target: TARGET,
            trace_id: &self.trace.trace_id(),
            span_id: &self.trace.span_id(),
            message: self.served.as_str(),
            request_id: self.request_id,
            method: self.method(),
            path: &printable_within(self.path, PATH_MAX),
            route: self.route,
            status: self.status,
            bytes: self.bytes,
            ms,
            user,
            address: self.address,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_usual() {
        for address in ["127.0.0.1", "255.255.255.255", "0.0.0.0", "2001:db8::1", "::ffff:10.0.0.1"] {
            let mut line = String::new();
            push_address(&mut line, address.parse().unwrap()).unwrap();
            assert_eq!(line, address);
        }
    }
}
