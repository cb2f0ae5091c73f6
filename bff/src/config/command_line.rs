//! The command line: a flag for every setting but the secrets.

use std::{collections::HashMap, ffi::OsString, fmt::Write as _};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::setting::{SETTINGS, Setting};

/// The one command, which is a flag as well.
const CHECK: &str = "check";

/// The name of the command's place.
const COMMAND: &str = "COMMAND";

const CHECK_HELP: &str = "Prints what BFF_PROFILE=production would refuse and warn of, and starts nothing; exit code 1 if it would not start";

/// The longest name of a flag that is repeated; a longer one is no name.
const FLAG_MAX: usize = 40;

/// Why the command line gives no settings.
pub(super) enum Stop {
    /// It asks for this text.
    Print(String),
    /// It is wrong, for this reason.
    Refuse(String),
}

/// What the command line gives.
pub(super) struct Given {
    /// The settings, by their variables.
    pub(super) flags: HashMap<&'static str, String>,
    /// Whether the settings are to be checked only.
    pub(super) asks_to_check: bool,
}

/// The settings that `args` gives, with the program's name first.
///
/// # Errors
/// [`Stop`].
pub(super) fn parse(args: &[OsString]) -> Result<Given, Stop> {
    let matches = command().try_get_matches_from(args).map_err(|err| stop(&err, args))?;
    let flags = SETTINGS.iter().filter(|setting| !setting.is_secret());
    let given = flags.filter_map(|setting| {
        let value = matches.get_one::<String>(setting.variable)?;
        Some((setting.variable, value.clone()))
    });
    let flags = given.collect();
    let asks_to_check = match matches.get_one::<String>(COMMAND).map(String::as_str) {
        None => matches.get_flag(CHECK),
        Some(CHECK) => true,
        Some(other) => return Err(Stop::Refuse(stray(other, args))),
    };
    Ok(Given { flags, asks_to_check })
}

fn command() -> clap::Command {
    let settings = SETTINGS.iter().filter(|setting| !setting.is_secret()).map(|setting| {
        let mut help = format!("{} [env: {}]", setting.help, setting.variable);
        if let Some(default) = setting.default {
            // Writing to a String cannot fail.
            let _ = write!(help, " [default: {default}]");
        }
        clap::Arg::new(setting.variable).long(setting.flag()).value_name(setting.value_name).help(help)
    });
    clap::Command::new("bff")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A Backend-for-Frontend: serves the single-page app and forwards /api/server/* to an upstream API")
        .after_help(secrets())
        .arg(clap::Arg::new(COMMAND).value_name(CHECK).help(CHECK_HELP))
        .arg(clap::Arg::new(CHECK).long(CHECK).help("The same as check").action(clap::ArgAction::SetTrue))
        .args(settings)
}

/// The secrets, which have no flags, and the order of all sources.
fn secrets() -> String {
    let mut text =
        "Secrets come from a variable, or from the file that NAME_FILE names, and never from a flag:\n"
            .to_owned();
    for setting in SETTINGS.iter().filter(|setting| setting.is_secret()) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {}, {}\n      {}", setting.variable, setting.file_variable(), setting.help);
    }
    text + "\nEvery flag has a variable; a .env file in the working directory is read first.\n\
            Precedence: flag, environment, .env, default."
}

/// What to say of a wrong command line. An argument that was not asked for may be a secret, and is not repeated.
fn stop(err: &clap::Error, args: &[OsString]) -> Stop {
    if !err.use_stderr() {
        return Stop::Print(err.to_string());
    }
    if err.kind() != ErrorKind::UnknownArgument {
        return Stop::Refuse(err.to_string());
    }
    let Some(ContextValue::String(argument)) = err.get(ContextKind::InvalidArg) else {
        return Stop::Refuse("an argument is not known; see bff --help".to_owned());
    };
    let name = argument.split('=').next().unwrap_or_default();
    let flag = name.strip_prefix("--").unwrap_or_default();
    if let Some(setting) = SETTINGS.iter().find(|setting| setting.is_secret() && setting.flag() == flag) {
        return Stop::Refuse(no_flag(setting, flag));
    }
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    if !flag.is_empty() && flag.len() <= FLAG_MAX && flag.bytes().all(is_name) {
        let meant = match err.get(ContextKind::SuggestedArg) {
            Some(ContextValue::String(meant)) => format!("did you mean {meant}? "),
            _ => String::new(),
        };
        return Stop::Refuse(format!("--{flag} is no flag; {meant}see bff --help"));
    }
    Stop::Refuse(stray(argument, args))
}

/// What to say of an argument that is neither a flag nor a command: its place.
fn stray(argument: &str, args: &[OsString]) -> String {
    let place = args.iter().position(|given| given.to_str().is_some_and(|given| given.starts_with(argument)));
    let place = place.map(|place| format!(" {place}")).unwrap_or_default();
    format!("argument{place} is not known, and not repeated, since it may be a secret; see bff --help")
}

fn no_flag(setting: &Setting, flag: &str) -> String {
    format!(
        "--{flag} is no flag: every process of a machine can read a command line; set {} or {}",
        setting.variable,
        setting.file_variable()
    )
}
