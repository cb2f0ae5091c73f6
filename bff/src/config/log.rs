//! Settings of the log: filter, form, and the name of people in it.

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{reader::Reader, setting};
use crate::keys::{Seal, SessionKeys};
use telemetry::{LogFormat, LogOptions, LogUser};

/// The purpose of the key that is made of the session's.
const PURPOSE: &str = "access log";

/// Reads the options of the log. The first of `keys` makes the hashes of people.
pub(super) fn log(reader: &mut Reader<'_>, keys: &SessionKeys) -> LogOptions {
    LogOptions {
        filter: reader.required(&setting::LOG, String::new(), filter),
        format: reader.required(&setting::LOG_FORMAT, LogFormat::Pretty, format),
        user: reader.required(&setting::LOG_USER, LogUser::Off, |given| user(given, keys)),
    }
}

fn user(given: &str, keys: &SessionKeys) -> Result<LogUser, String> {
    match given {
        "hash" => {
            let key = Seal::new(keys).names(PURPOSE, &[]).next();
            Ok(key.map_or(LogUser::Off, |key| LogUser::Hash(*key.as_bytes())))
        }
        "id" => Ok(LogUser::Id),
        "off" => Ok(LogUser::Off),
        _ => Err("is none of hash, id and off".into()),
    }
}

const EXPECTED: &str = "expected error, warn, info, debug, trace or off, or a list such as info,bff=debug";

/// Words that other loggers have for a level, and the level.
const OTHER_WORDS: [(&str, &str); 11] = [
    ("warning", "warn"),
    ("err", "error"),
    ("critical", "error"),
    ("fatal", "error"),
    ("notice", "info"),
    ("information", "info"),
    ("verbose", "debug"),
    ("dbg", "debug"),
    ("all", "trace"),
    ("silly", "trace"),
    ("none", "off"),
];

/// The crates whose lines are this server's own.
const OWN: [&str; 6] = ["bff", "telemetry", "upstream", "http_cache", "http_message", "demo_api"];

/// Checks a filter. A word that is no level is taken for the name of a module: nothing but that would be logged, if it
/// exists at all.
fn filter(given: &str) -> Result<String, String> {
    if given.parse::<Targets>().is_err() {
        return Err(format!("is not a log filter; {EXPECTED}"));
    }
    let directives = given.split(',').map(str::trim).filter(|directive| !directive.is_empty());
    let mut is_heard = false;
    for directive in directives {
        let other = OTHER_WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(directive));
        if let Some((_, level)) = other {
            return Err(format!(
                "names the level {directive:?}, which there is not; did you mean {level}? {EXPECTED}"
            ));
        }
        let (target, level) = directive.split_once('=').unwrap_or((directive, ""));
        if target.contains('-') {
            let better = target.replace('-', "_");
            return Err(format!("names {target:?}, which no module is called; write {better}"));
        }
        let is_own = OWN.contains(&target.split("::").next().unwrap_or_default());
        is_heard |= is_own || (level.is_empty() && directive.parse::<LevelFilter>().is_ok());
    }
    if is_heard {
        return Ok(given.to_owned());
    }
    Err(format!(
        "silences this server, its security events too; write info,{given}, or off,{given} if that is meant"
    ))
}

fn format(given: &str) -> Result<LogFormat, String> {
    match given {
        "pretty" => Ok(LogFormat::Pretty),
        "json" => Ok(LogFormat::Json),
        _ => Err("is neither pretty nor json".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_silences_the_server_by_mistake_is_refused() {
        for (given, says) in [
            ("warning", "did you mean warn?"),
            ("Warning", "did you mean warn?"),
            ("verbose", "did you mean debug?"),
            ("info,verbose", "did you mean debug?"),
            ("none", "did you mean off?"),
            ("chatty", "write info,chatty, or off,chatty"),
            ("hyper=debug", "write info,hyper=debug"),
            (",", "silences this server"),
            ("info,http-cache=debug", "write http_cache"),
            ("bff=loud", "is not a log filter; expected error, warn"),
        ] {
            let problem = filter(given).unwrap_err();
            assert!(problem.contains(says), "{given}: {problem}");
        }
    }

    #[test]
    fn a_filter_that_names_a_level_or_a_module_of_ours_passes() {
        let good = [
            "info",
            "WARN",
            "off",
            "0",
            "3",
            "info,hyper=debug",
            "hyper=debug,warn",
            "bff",
            "bff=debug",
            "bff::security=info",
            "http_cache=trace",
            "off,chatty",
            "info,",
            "info,redis",
        ];
        for given in good {
            assert_eq!(filter(given), Ok(given.to_owned()));
        }
    }
}
