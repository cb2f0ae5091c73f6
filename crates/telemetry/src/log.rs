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

#[cfg(test)]
mod tests {
    use std::{
        env,
        panic::catch_unwind,
        process::{Command, Stdio},
    };

    use super::*;
    use crate::access::LogUser;

    /// The variable by which this test is the process that panics.
    const PANICS: &str = "TELEMETRY_PANICS";

    #[test]
    fn a_panic_is_a_line_in_the_form_of_the_log_before_it_begins_and_after() {
        if env::var_os(PANICS).is_some() {
            report_panics(LogFormat::Json);
            catch_unwind(|| panic!("before\nit")).unwrap_err();
            init(&LogOptions { filter: "info".into(), format: LogFormat::Json, user: LogUser::Off }).unwrap();
            catch_unwind(|| panic!("after it")).unwrap_err();
            return;
        }
        let name = "log::tests::a_panic_is_a_line_in_the_form_of_the_log_before_it_begins_and_after";
        let mut process = Command::new(env::current_exe().unwrap());
        let output = process.args(["--exact", name]).env(PANICS, "1").stdout(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<serde_json::Value> = said
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|err| panic!("{err}: {said}")))
            .collect();
        let reasons: Vec<_> =
            lines.iter().map(|line| (&line["message"], &line["level"], &line["reason"])).collect();
        let expected: [serde_json::Value; 2] = ["before\nit".into(), "after it".into()];
        let (message, level) = ("panic".into(), "ERROR".into());
        let expected: Vec<_> = expected.iter().map(|reason| (&message, &level, reason)).collect();
        assert_eq!(reasons, expected, "{said}");
    }
}
