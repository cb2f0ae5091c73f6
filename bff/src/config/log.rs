//! Settings of the log: filter and format.

use super::{reader::Reader, setting};
use telemetry::{LogFormat, LogOptions};

pub(super) fn log(reader: &mut Reader<'_>) -> LogOptions {
    LogOptions {
        filter: reader.required(&setting::LOG, String::new(), filter),
        format: reader.required(&setting::LOG_FORMAT, LogFormat::Pretty, format),
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
