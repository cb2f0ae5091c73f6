//! The log: one line a request, and lines for other events, for people or for machines.

use std::{fmt, io, time::Duration};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{
    Layer as _,
    filter::Targets,
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{DefaultFields, Writer},
        time::{FormatTime, SystemTime},
    },
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::{SubscriberInitExt as _, TryInitError},
};

use http_message::{TraceContext, methods::METHOD_MAX};

use super::{security::printable_within, trace};

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

/// `target` of the one line that every API request leaves.
const ACCESS: &str = "bff::access";

/// Starts logging to standard error; standard output belongs to the `listening on` line.
///
/// # Errors
/// If the process logs already.
pub fn init(log: &LogOptions) -> Result<(), TryInitError> {
    // The filter has been checked with the configuration.
    let filter = format!("{QUIET},{}", log.filter);
    let filter: Targets = filter.parse().unwrap_or_else(|_| Targets::new().with_default(Level::INFO));
    log_panics();
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let layer = match log.format {
        LogFormat::Json => layer.event_format(super::json::Json).fmt_fields(DefaultFields::new()).boxed(),
        LogFormat::Pretty => layer.event_format(Pretty).fmt_fields(DefaultFields::new()).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()
}

/// Levels of dependencies, unless the filter says otherwise. actix-http reports every malformed request as an error of
/// its own, though it is traffic, and answered. actix-server tells of each of its threads.
const QUIET: &str = "actix_http=off,actix_server=warn";

/// The most bytes of a path that are logged.
const PATH_MAX: usize = 256;

/// Logs panics. A panic ends one request, and must not be the one thing that is missing in the log.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, message, "panic");
    }));
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
        let Self { request_id, trace, method, path, status } = self;
        // The head of a path tells enough; a stranger decides how long it is and, where it is refused, what is in it.
        let path = &*printable_within(path, PATH_MAX);
        // A name beyond this length is no route's, and was refused.
        let method = method.get(..METHOD_MAX).unwrap_or(method);
        let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        let outcome = outcome.unwrap_or("ok");
        // A fault of ours or of the upstream's is for the operator; everything else is traffic.
        trace::within_now(*trace, || {
            if *status >= 500 {
                tracing::warn!(target: ACCESS, request_id, method, path, status, ms, outcome, "[API]");
            } else {
                tracing::info!(target: ACCESS, request_id, method, path, status, ms, outcome, "[API]");
            }
        });
    }
}

/// `07:12:33 INFO message field=value`; the request line in its own short form.
struct Pretty;

impl<S, N> FormatEvent<S, N> for Pretty
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        SystemTime.format_time(&mut writer)?;
        write!(writer, " {:>5} ", event.metadata().level())?;
        if event.metadata().target() == ACCESS {
            let mut line = AccessLine::default();
            event.record(&mut line);
            writeln!(writer, "{line}")
        } else {
            context.field_format().format_fields(writer.by_ref(), event)?;
            writeln!(writer)
        }
    }
}

/// The fields of an access event, put back together.
#[derive(Default)]
struct AccessLine {
    request_id: String,
    method: String,
    path: String,
    status: u64,
    ms: u64,
    outcome: String,
}

impl tracing::field::Visit for AccessLine {
    fn record_u64(&mut self, field: &tracing::field::Field, value: u64) {
        match field.name() {
            "status" => self.status = value,
            "ms" => self.ms = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        match field.name() {
            "request_id" => value.clone_into(&mut self.request_id),
            "method" => value.clone_into(&mut self.method),
            "path" => value.clone_into(&mut self.path),
            "outcome" => value.clone_into(&mut self.outcome),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn fmt::Debug) {}
}

impl fmt::Display for AccessLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request_id, method, path, status, ms, outcome } = self;
        write!(f, "[API] {method} {path} {status} {ms}ms")?;
        // The reader of an error wants its reason, and its id to find it again.
        if outcome != "ok" {
            write!(f, " ({outcome}; request {request_id})")?;
        }
        Ok(())
    }
}
