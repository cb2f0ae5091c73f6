//! Errors of settings.

use super::setting::Setting;

/// A value that the server cannot start with, or that is hardly meant: the variable's name, the given value, and the
/// allowed ones. It is one line, whatever the value is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {given:?} {problem}")]
pub struct ConfigError {
    variable: &'static str,
    given: String,
    problem: String,
}

impl ConfigError {
    pub(super) fn new(setting: &Setting, given: &str, problem: impl Into<String>) -> Self {
        let mut problem = problem.into();
        if is_quoted(given) {
            // A shell takes them off; systems that start containers from a file of variables do not.
            problem.push_str("; the quotes are part of the value");
        }
        Self { variable: setting.variable, given: given.to_owned(), problem }
    }
}

fn is_quoted(given: &str) -> bool {
    ['"', '\''].iter().any(|quote| given.len() > 1 && given.starts_with(*quote) && given.ends_with(*quote))
}
