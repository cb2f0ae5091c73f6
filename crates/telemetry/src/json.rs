//! The log for machines: one JSON object a line, with the same names for the same things in all of them.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

use super::trace;

/// The target of lines that no module writes.
const SERVER: &str = "bff";

/// `{"timestamp":…,"level":…,"target":…,"trace_id":…,"span_id":…,"message":…}` and the event's own fields beside them.
pub(super) struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let mut line = Line(Vec::new());
        line.put("timestamp", timestamp.into());
        line.put("level", event.metadata().level().as_str().into());
        line.put("target", event.metadata().target().into());
        if let Some(context) = trace::current() {
            line.put("trace_id", context.trace_id().into());
            line.put("span_id", context.span_id().into());
        }
        event.record(&mut line);
        writeln!(writer, "{}", serde_json::to_string(&line).map_err(|_| fmt::Error)?)
    }
}

/// A line of the same form for what no event says, since it comes before the log begins, or goes to standard output.
#[must_use]
pub fn line(level: Level, message: &str, fields: &[(&'static str, &str)]) -> String {
    let mut timestamp = String::new();
    // Without a clock a line is better than none.
    let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
    let mut line = Line(Vec::new());
    line.put("timestamp", timestamp.into());
    line.put("level", level.as_str().into());
    line.put("target", SERVER.into());
    line.put("message", message.into());
    for (name, value) in fields {
        line.put(name, (*value).into());
    }
    // Plain text: serializing it cannot fail.
    serde_json::to_string(&line).unwrap_or_default() + "\n"
}

/// The fields of a line, in the order in which people read them.
struct Line(Vec<(&'static str, Value)>);

impl Line {
    fn put(&mut self, name: &'static str, value: Value) {
        self.0.push((name, value));
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Visit for Line {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), format!("{value:?}").into());
    }
}
