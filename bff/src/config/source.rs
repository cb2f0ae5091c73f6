//! The sources of settings: flags, then the environment, then `.env`. Secrets come from the latter two, or from files.
//!
//! The environment is handed in as a function and never changed, so that tests need not share one.

use std::{collections::HashMap, ffi::OsString, fmt, fs, path::Path};

use super::{
    command_line::{self, Given, Stop},
    dotenv,
    service_variables::is_of_a_service,
    setting::{SETTINGS, Setting},
};

/// The prefix of most settings' names.
const PREFIX: &str = "BFF_";

/// The most letters by which a name may differ from the setting that was meant.
const EDITS_MAX: usize = 3;

/// The request of the command line.
#[derive(Debug)]
pub enum Request {
    /// Serve, with these settings.
    Serve(Source),
    /// Say what production would say of these settings.
    Check(Source),
    /// Print this text (`--help`, `--version`) and exit.
    Print(String),
}

/// The raw text of every setting that was given.
#[derive(Default, Clone)]
pub struct Source {
    values: HashMap<&'static str, String>,
    /// Variables that are no settings, and that the route table may name.
    others: HashMap<String, String>,
    /// Secrets that came out of a file of their own, with its path.
    from_files: Vec<(&'static str, String)>,
    /// Whether everybody can write the `.env` file.
    open_file: bool,
}

/// Names without values: some of these are secrets.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Source {
    /// Reads the command line (`args` with the program's name first), the environment's variables `env` and the
    /// `.env` file at `dotenv`, if there is one. An empty value counts as not given. Space around a value is none of
    /// it: a secret out of a file brings a line end along.
    ///
    /// # Errors
    /// Messages that are ready to be shown. A `BFF_` variable that is no setting is an error: a typo in `BFF_ROUTES`
    /// would leave every route open. Those that Kubernetes makes are none.
    pub fn read(
        args: impl IntoIterator<Item = OsString>,
        env: impl IntoIterator<Item = (OsString, OsString)>,
        dotenv: &Path,
    ) -> Result<Request, String> {
        let args: Vec<OsString> = args.into_iter().collect();
        let Given { flags, asks_to_check } = match command_line::parse(&args) {
            Ok(given) => given,
            Err(Stop::Print(text)) => return Ok(Request::Print(text)),
            Err(Stop::Refuse(problem)) => return Err(problem),
        };
        let file = dotenv::read(dotenv)?;
        let env: Vec<_> = env.into_iter().collect();
        let text = |(name, value): &(OsString, OsString)| {
            Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()))
        };
        let mut others = file.clone();
        others.extend(env.iter().filter_map(text));
        let env = known(env)?;
        let of_a_service = |(name, value): &(&String, &String)| is_of_a_service(name, value);
        let unknown = env.iter().filter(|given| !of_a_service(given)).chain(&file).map(|(name, _)| name);
        if let Some(name) = unknown.into_iter().find(|name| is_unknown(name)) {
            return Err(no_setting(name));
        }
        let mut source = Self { open_file: dotenv::is_open(dotenv), others, ..Self::default() };
        for setting in SETTINGS {
            let in_flags = flags.get(setting.variable).cloned();
            let given = match in_flags {
                Some(given) => Some(given),
                None => match source.of_variables(setting, &env)? {
                    Some(given) => Some(given),
                    None => source.of_variables(setting, &file)?,
                },
            };
            if let Some(given) = given.as_deref().map(str::trim).filter(|given| !given.is_empty()) {
                source.values.insert(setting.variable, given.to_owned());
            }
        }
        Ok(if asks_to_check { Request::Check(source) } else { Request::Serve(source) })
    }

    /// The value of `setting` among these variables, or in the file that one of them names for a secret.
    fn of_variables(
        &mut self,
        setting: &Setting,
        variables: &HashMap<String, String>,
    ) -> Result<Option<String>, String> {
        let given = |name: &str| variables.get(name).filter(|value| !value.trim().is_empty());
        let value = given(setting.variable).cloned();
        let name = setting.file_variable();
        let Some(path) = given(&name).filter(|_| setting.is_secret()) else { return Ok(value) };
        if value.is_some() {
            return Err(format!("{name}: {} is given as well; set one of them", setting.variable));
        }
        let path = path.trim();
        let content = secret(setting, path)?;
        self.from_files.push((setting.variable, path.to_owned()));
        Ok(Some(content))
    }

    /// The same source with what the files of secrets hold by now. Flags, variables and the `.env` file stay what they were
    /// at the start.
    ///
    /// # Errors
    /// A message that is ready to be shown.
    pub fn again(&self) -> Result<Self, String> {
        let mut again = self.clone();
        for (variable, path) in &self.from_files {
            let Some(setting) = SETTINGS.iter().find(|setting| setting.variable == *variable) else {
                continue;
            };
            again.values.insert(variable, secret(setting, path)?.trim().to_owned());
        }
        Ok(again)
    }

    /// A source with exactly these variables, for tests and for programs that embed the server.
    #[must_use]
    pub fn of<'a>(given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let given: HashMap<_, _> = given.into_iter().collect();
        let values = SETTINGS
            .iter()
            .filter_map(|setting| Some((setting.variable, (*given.get(setting.variable)?).to_owned())))
            .collect();
        let others = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { values, others, ..Self::default() }
    }

    /// The value of a variable that is no setting, out of the environment or the `.env` file.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.others.get(name).filter(|value| !value.trim().is_empty()).cloned()
    }

    /// Whether a setting's value came out of a file of its own.
    pub(super) fn is_from_file(&self, variable: &str) -> bool {
        self.from_files.iter().any(|(from_file, _)| *from_file == variable)
    }

    /// Whether everybody can write the `.env` file.
    pub(super) const fn has_open_file(&self) -> bool {
        self.open_file
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

/// The content of a secret's file.
fn secret(setting: &Setting, path: &str) -> Result<String, String> {
    let name = setting.file_variable();
    let content =
        fs::read_to_string(path).map_err(|err| format!("{name}: {path:?} cannot be read: {err}"))?;
    if content.trim().is_empty() {
        return Err(format!("{name}: {path:?} is empty"));
    }
    Ok(content)
}

/// The settings among the variables, as text.
fn known(env: impl IntoIterator<Item = (OsString, OsString)>) -> Result<HashMap<String, String>, String> {
    let ours = env.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    ours.filter(|(name, _)| name.starts_with(PREFIX) || is_setting(name))
        .map(|(name, value)| match value.into_string() {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(format!("{name}: is not UTF-8")),
        })
        .collect()
}

/// Whether a variable is a setting, or names the file of a secret.
fn is_setting(name: &str) -> bool {
    let is_file = |setting: &Setting| setting.is_secret() && setting.file_variable() == name;
    SETTINGS.iter().any(|setting| setting.variable == name || is_file(setting))
}

fn is_unknown(name: &str) -> bool {
    name.starts_with(PREFIX) && !is_setting(name)
}

/// What to say of a name that is no setting: the one that is most like it, where one is like it at all.
fn no_setting(name: &str) -> String {
    let files = SETTINGS.iter().filter(|setting| setting.is_secret()).map(Setting::file_variable);
    let names = SETTINGS.iter().map(|setting| setting.variable.to_owned()).chain(files);
    let nearest = names
        .map(|known| (strsim::damerau_levenshtein(name, &known), known))
        .filter(|(edits, known)| *edits <= EDITS_MAX.min(known.len().saturating_sub(PREFIX.len()) / 2))
        .min_by_key(|(edits, _)| *edits);
    let meant = nearest.map(|(_, known)| format!("did you mean {known}? ")).unwrap_or_default();
    format!("{name}: is no setting; {meant}see bff --help for those there are")
}
