//! The form of the log as it was asked for, known before anything else is: wrong settings are told in that form, too.

use std::{ffi::OsString, path::Path};

use telemetry::LogFormat;

use super::{
    dotenv,
    setting::{LOG_FORMAT, Setting},
};

/// The form of the log that the command line (`args` with the program's name first), the environment `env` or the `.env` file
/// at `dotenv` asks for, whatever else is wrong in them. Anything but `json` is for people.
#[must_use]
pub fn asked_log_format(
    args: &[OsString],
    env: impl IntoIterator<Item = (OsString, OsString)>,
    dotenv: &Path,
) -> LogFormat {
    let of_env = || env.into_iter().find(|(name, _)| name == LOG_FORMAT.variable);
    let of_env = || of_env().and_then(|(_, value)| value.into_string().ok());
    let is_given = |value: &String| !value.trim().is_empty();
    let given = of_flag(args, &LOG_FORMAT)
        .or_else(|| of_env().filter(is_given))
        .or_else(|| dotenv::variable(dotenv, LOG_FORMAT.variable));
    match given.as_deref().map(str::trim) {
        Some("json") => LogFormat::Json,
        _ => LogFormat::Pretty,
    }
}

/// The value of a flag: behind an equals sign, or the next argument.
fn of_flag(args: &[OsString], setting: &Setting) -> Option<String> {
    let flag = format!("--{}", setting.flag());
    let mut args = args.iter().skip(1).map_while(|arg| arg.to_str());
    while let Some(arg) = args.next() {
        match arg.strip_prefix(&flag) {
            Some("") => return args.next().map(str::to_owned),
            Some(value) if value.starts_with('=') => return Some(value[1..].to_owned()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_form_is_known_whatever_else_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let dotenv = folder.path().join(".env");
        let asked = |args: &[&str], env: &[(&str, &str)]| {
            let args: Vec<_> =
                std::iter::once("bff").chain(args.iter().copied()).map(OsString::from).collect();
            asked_log_format(&args, env.iter().map(|(name, value)| (name.into(), value.into())), &dotenv)
        };
        let (json, pretty) = (&[("BFF_LOG_FORMAT", "json")][..], &[("BFF_LOG_FORMAT", "pretty")][..]);
        assert_eq!(asked(&[], &[]), LogFormat::Pretty);
        assert_eq!(asked(&[], json), LogFormat::Json);
        assert_eq!(asked(&["--nonsense", "--log-format", "json"], pretty), LogFormat::Json);
        assert_eq!(asked(&["--log-format=json"], &[]), LogFormat::Json);
        assert_eq!(asked(&["--log-format=pretty"], json), LogFormat::Pretty);
        assert_eq!(asked(&["--log-format"], &[]), LogFormat::Pretty);
        assert_eq!(asked(&["--log-formats", "json"], &[]), LogFormat::Pretty);
        assert_eq!(asked(&[], &[("BFF_LOG_FORMAT", "xml")]), LogFormat::Pretty);
        fs::write(&dotenv, "not a line\nBFF_LOG_FORMAT=json\n").unwrap();
        assert_eq!(asked(&[], &[("BFF_LOG_FORMAT", "")]), LogFormat::Json);
        assert_eq!(asked(&[], pretty), LogFormat::Pretty);
    }
}
