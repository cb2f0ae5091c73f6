//! Errors of settings.

use std::{borrow::Cow, fmt};

use super::setting::Setting;

/// A value that the server cannot start with, or that is hardly meant: the variable's name, the given value, and the
/// allowed ones. It is one line, whatever the value is, and repeats no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    variable: Cow<'static, str>,
    /// `None`: the problem is not about a value.
    given: Option<String>,
    problem: String,
}

impl ConfigError {
    pub(super) fn new(setting: &Setting, given: &str, problem: impl Into<String>) -> Self {
        let mut problem = problem.into();
        if is_quoted(given) {
            // A shell takes them off; systems that start containers from a file of variables do not.
            problem.push_str("; the quotes are part of the value");
        }
        let is_hidden = setting.is_secret() && !given.is_empty();
        let given = if is_hidden { "…".to_owned() } else { without_passwords(given) };
        Self { variable: setting.variable.into(), given: Some(given), problem }
    }

    /// A problem with a file that settings come from.
    pub(super) fn of_file(name: &'static str, problem: impl Into<String>) -> Self {
        Self { variable: name.into(), given: None, problem: problem.into() }
    }

    /// Whether another error is about the same setting.
    pub(super) fn is_about_the_same(&self, other: &Self) -> bool {
        self.variable == other.variable
    }

    /// The same for a value out of a file, where the value came from there.
    pub(super) fn naming_file(self, is_from_file: impl FnOnce(&str) -> bool) -> Self {
        match is_from_file(&self.variable) {
            true => Self { variable: format!("{}_FILE", self.variable).into(), ..self },
            false => self,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, given, problem } = self;
        match given {
            Some(given) => write!(f, "{variable}: {given:?} {problem}"),
            None => write!(f, "{variable}: {problem}"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// A value without what stands before an `@`: in an address that is a name, and maybe a password.
fn without_passwords(given: &str) -> String {
    let Some((before, host)) = given.rsplit_once('@') else { return given.to_owned() };
    // A password may hold any character, a slash or a comma too: all of it goes, up to the last address.
    let scheme = before.find("://").map_or("", |at| &before[..at + "://".len()]);
    format!("{scheme}…@{host}")
}

fn is_quoted(given: &str) -> bool {
    ['"', '\''].iter().any(|quote| given.len() > 1 && given.starts_with(*quote) && given.ends_with(*quote))
}

#[cfg(test)]
mod tests {
    use super::{super::setting, *};

    #[test]
    fn security_52_a_value_is_told_without_its_password() {
        for (given, told) in [
            ("https://eve:hunter2@app.example/x", "https://…@app.example/x"),
            ("eve:hunter2@app.example", "…@app.example"),
            ("https://a.example,https://eve:hun/t,er2@b.example", "https://…@b.example"),
            ("https://eve:hunter2@a,https://eve:hunter2@b", "https://…@b"),
            ("ftp://app.example", "ftp://app.example"),
        ] {
            let err = ConfigError::new(&setting::PUBLIC_URL, given, "is wrong");
            assert_eq!(err.to_string(), format!("BFF_PUBLIC_URL: {told:?} is wrong"));
        }
        let err = ConfigError::new(&setting::SESSION_KEY, "hunter2", "is wrong");
        assert_eq!(err.to_string(), "BFF_SESSION_KEY: \"…\" is wrong");
        assert_eq!(err.naming_file(|_| true).to_string(), "BFF_SESSION_KEY_FILE: \"…\" is wrong");
    }
}
