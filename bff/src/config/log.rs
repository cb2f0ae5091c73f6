//! What is logged, and how.

use super::{reader::Reader, setting};

/// Filter and format of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A level, or `tracing` directives.
    pub filter: String,
    /// For whom.
    pub format: LogFormat,
}

/// For whom the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// People: `[API] GET /todos 200 12ms`.
    Pretty,
    /// Machines: one JSON object a line.
    Json,
}

impl Log {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            filter: reader.required(&setting::LOG, String::new(), filter),
            format: reader.required(&setting::LOG_FORMAT, LogFormat::Pretty, format),
        }
    }
}

fn filter(given: &str) -> Result<String, String> {
    given.parse::<tracing_subscriber::filter::Targets>().map(|_| given.to_owned()).map_err(|_| {
        "is not a log filter; expected a level such as info, or a list such as info,bff=debug".into()
    })
}

fn format(given: &str) -> Result<LogFormat, String> {
    match given {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err("is neither pretty nor json".into()),
    }
}
