//! The sources of settings: flags, then the environment, then `.env`.
//!
//! The environment is handed in as a function and never changed, so that tests need not share one.

use std::{
    collections::HashMap,
    ffi::OsString,
    fmt::{Display, Write as _},
    fs,
    io::ErrorKind,
    path::Path,
};

use super::setting::{SETTINGS, Setting};

/// The prefix of most settings' names.
const PREFIX: &str = "BFF_";

/// The request of the command line.
#[derive(Debug)]
pub enum Request {
    /// Serve, with these settings.
    Serve(Source),
    /// Print this text (`--help`, `--version`) and exit.
    Print(String),
}

/// The raw text of every setting that was given.
#[derive(Debug, Default, Clone)]
pub struct Source {
    values: HashMap<&'static str, String>,
}

impl Source {
    /// Reads the command line (`args` with the program's name first), the environment's variables `env` and the
    /// `.env` file at `dotenv`, if there is one. An empty value counts as not given. Space around a value is none of
    /// it: a secret out of a file brings a line end along.
    ///
    /// # Errors
    /// Messages that are ready to be shown. A `BFF_` variable that is no setting is an error: a typo in `BFF_ROUTES`
    /// would leave every route open.
    pub fn read(
        args: impl IntoIterator<Item = OsString>,
        env: impl IntoIterator<Item = (OsString, OsString)>,
        dotenv: &Path,
    ) -> Result<Request, String> {
        let flags = match command().try_get_matches_from(args) {
            Ok(flags) => flags,
            Err(err) if err.use_stderr() => return Err(err.to_string()),
            Err(help) => return Ok(Request::Print(help.to_string())),
        };
        let file = read_dotenv(dotenv)?;
        let env = known(env)?;
        if let Some(name) = env.keys().chain(file.keys()).find(|name| is_unknown(name)) {
            return Err(format!("{name}: is no setting; see bff --help for those there are"));
        }
        let values = SETTINGS
            .iter()
            .filter_map(|setting| {
                let in_flags = flags.get_one::<String>(setting.variable);
                let in_env = || env.get(setting.variable).filter(|value| !value.trim().is_empty());
                let given = in_flags.or_else(in_env).or_else(|| file.get(setting.variable))?.trim();
                (!given.is_empty()).then(|| (setting.variable, given.to_owned()))
            })
            .collect();
        Ok(Request::Serve(Self { values }))
    }

    /// A source with exactly these variables, for tests and for programs that embed the server.
    #[must_use]
    pub fn of<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let given: HashMap<_, _> = given.into_iter().collect();
        let values = SETTINGS
            .iter()
            .filter_map(|setting| Some((setting.variable, (*given.get(setting.variable)?).to_owned())))
            .collect();
        Self { values }
    }

    /// Whether a value of `setting` was given.
    pub(super) fn has(&self, setting: &Setting) -> bool {
        self.values.contains_key(setting.variable)
    }

    /// The given value of `setting`, else its default.
    pub(super) fn get(&self, setting: &Setting) -> Option<String> {
        self.values.get(setting.variable).cloned().or_else(|| setting.default.map(str::to_owned))
    }
}

fn command() -> clap::Command {
    let settings = SETTINGS.iter().map(|setting| {
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
        .after_help(
            "Every flag has a variable; a .env file in the working directory is read first.\n\
             Precedence: flag, environment, .env, default.",
        )
        .args(settings)
}

/// The settings among the variables, as text.
fn known(env: impl IntoIterator<Item = (OsString, OsString)>) -> Result<HashMap<String, String>, String> {
    let ours = env.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    ours.filter(|(name, _)| {
        name.starts_with(PREFIX) || SETTINGS.iter().any(|setting| setting.variable == name)
    })
    .map(|(name, value)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(format!("{name}: is not UTF-8")),
    })
    .collect()
}

fn is_unknown(name: &str) -> bool {
    name.starts_with(PREFIX) && SETTINGS.iter().all(|setting| setting.variable != name)
}

fn read_dotenv(path: &Path) -> Result<HashMap<String, String>, String> {
    let unreadable = |err: &dyn Display| format!("{} cannot be read: {err}", path.display());
    match fs::read(path) {
        Ok(content) => {
            // Some editors put a byte order mark in front.
            let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&content);
            let pairs = dotenvy::from_read_iter(content);
            pairs.collect::<Result<_, _>>().map_err(|err| unreadable(&err))
        }
        Err(err) if err.kind() == ErrorKind::NotFound => Ok(HashMap::new()),
        Err(err) => Err(unreadable(&err)),
    }
}
