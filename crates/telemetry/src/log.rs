//! The log: lines of events, for people or for machines. The line of a request is in [`super::access`].

use std::{fmt, io};

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

use super::{
    access, json,
    line_buffer::LineBuffer,
    options::{LogFormat, LogOptions},
    security,
};

/// The lines of this process on their way to standard error.
static LINES: LineBuffer = LineBuffer::new();

/// Reasons why the log cannot start.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The process logs already.
    #[error(transparent)]
    Twice(#[from] TryInitError),
    /// The system gave no thread to write with.
    #[error("the log's thread cannot start: {0}")]
    Thread(#[from] io::Error),
}

/// Starts logging to standard error; standard output belongs to the `listening on` line. [`flush`] ends it.
///
/// # Errors
/// [`InitError`].
pub fn init(log: &LogOptions) -> Result<(), InitError> {
    // The filter has been checked with the configuration.
    let filter = format!("{QUIET},{}", log.filter);
    let filter: Targets = filter.parse().unwrap_or_else(|_| Targets::new().with_default(Level::INFO));
    access::start(log.format, &log.user, &filter, &LINES);
    report_panics(log.format);
    let layer = tracing_subscriber::fmt::layer().with_writer(&LINES);
    let layer = match log.format {
        LogFormat::Json => layer.event_format(json::Json).fmt_fields(DefaultFields::new()).boxed(),
        LogFormat::Pretty => layer.event_format(Pretty).fmt_fields(DefaultFields::new()).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()?;
    Ok(LINES.start()?)
}

/// Writes the lines that still wait; to be called before the process ends.
pub fn flush() {
    LINES.write(&[]);
}

/// Levels of dependencies, unless the filter says otherwise. actix-http reports every malformed request as an error of
/// its own, though it is traffic, and answered; so does h2. actix-server tells of each of its threads.
const QUIET: &str = "actix_http=off,actix_server=warn,h2=off";

/// Reports panics in the form of the log, from here on, be it that the log has not begun. A panic ends one request, and must not
/// be the one thing that is missing in the log. One that a stranger can cause at will is told now and then.
pub fn report_panics(format: LogFormat) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let reason = panic.payload_as_str().unwrap_or("no message");
        if !security::leaves_a_line("panic", None) {
            return;
        }
        if tracing::dispatcher::has_been_set() {
            tracing::error!(place, reason, "panic");
            return;
        }
        LINES.write(
            match format {
                LogFormat::Json => {
                    json::line(Level::ERROR, "panic", &[("place", &place), ("reason", reason)])
                }
                LogFormat::Pretty => format!("panic place={place:?} reason={reason:?}\n"),
            }
            .as_bytes(),
        );
    }));
}

/// `07:12:33 INFO message field=value`.
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
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}
