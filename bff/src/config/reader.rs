//! Reads settings one by one, and collects every error.
//!
//! On an error a method returns a placeholder and notes the error. [`Reader::finish`] returns nothing once an error
//! is noted, so that no placeholder reaches the server. One start thus reports every mistake.

use std::{ops::RangeInclusive, str::FromStr, time::Duration};

use super::{error::ConfigError, setting::Setting, source::Source};

/// The longest wait that can be configured: nothing here waits for more than a day.
const WAIT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest lifetime that can be configured.
const LIFE_MAX: Duration = Duration::from_secs(90 * 24 * 60 * 60);

pub(super) struct Reader<'a> {
    source: &'a Source,
    errors: Vec<ConfigError>,
    warnings: Vec<ConfigError>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, errors: Vec::new(), warnings: Vec::new() }
    }

    /// The source that is read.
    pub(super) const fn source(&self) -> &'a Source {
        self.source
    }

    /// The given value, else the default.
    pub(super) fn text(&self, setting: &Setting) -> Option<String> {
        self.source.get(setting)
    }

    /// Whether a value was given, be it the default.
    pub(super) fn is_given(&self, setting: &Setting) -> bool {
        self.source.has(setting)
    }

    /// The parsed value of a setting; an error of `parse` completes the sentence "`NAME`: `given` …".
    pub(super) fn optional<T>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let given = self.text(setting)?;
        parse(&given).map_err(|problem| self.note(ConfigError::new(setting, &given, problem))).ok()
    }

    /// Like [`Reader::optional`], for a setting that has a default.
    pub(super) fn required<T>(
        &mut self,
        setting: &Setting,
        placeholder: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional(setting, parse).unwrap_or(placeholder)
    }

    /// A duration above zero, such as `10s`, `500ms` or `1m 30s`.
    pub(super) fn duration(&mut self, setting: &Setting) -> Duration {
        self.required(setting, Duration::ZERO, parse_duration)
    }

    /// A wait: a duration, none at all included.
    pub(super) fn wait(&mut self, setting: &Setting) -> Duration {
        self.required(setting, Duration::ZERO, |given| match humantime::parse_duration(given) {
            Ok(duration) if duration.is_zero() => Ok(duration),
            _ => parse_duration(given),
        })
    }

    /// A lifetime: a duration above zero and up to 90 days.
    pub(super) fn life(&mut self, setting: &Setting) -> Duration {
        self.required(setting, Duration::ZERO, |given| match humantime::parse_duration(given) {
            Ok(duration) if !duration.is_zero() && duration <= LIFE_MAX => Ok(duration),
            _ => {
                Err("is not a duration; expected a number with a unit up to 90 days, such as 30m or 12h"
                    .into())
            }
        })
    }

    /// A size above zero in bytes, such as `10MiB`, `64KiB` or `1000`.
    pub(super) fn size(&mut self, setting: &Setting) -> u64 {
        self.required(setting, 0, parse_size)
    }

    /// A whole number within `allowed`.
    pub(super) fn number(&mut self, setting: &Setting, allowed: RangeInclusive<usize>) -> Option<usize> {
        self.optional(setting, |given| match given.parse() {
            Ok(number) if allowed.contains(&number) => Ok(number),
            _ => Err(format!("is not a whole number from {} to {}", allowed.start(), allowed.end())),
        })
    }

    pub(super) fn note(&mut self, err: ConfigError) {
        self.errors.push(err);
    }

    /// Notes a value that works and is hardly meant.
    pub(super) fn warn(&mut self, setting: &Setting, given: &str, problem: impl Into<String>) {
        self.warnings.push(ConfigError::new(setting, given, problem));
    }

    /// Whether everybody can write the file that settings come from.
    pub(super) const fn has_open_file(&self) -> bool {
        self.source.has_open_file()
    }

    /// Notes something that works and is hardly meant.
    pub(super) fn warn_of(&mut self, warning: ConfigError) {
        self.warnings.push(warning);
    }

    /// Notes a problem of a setting that has no other: what is made of a wrong value would be a second one.
    pub(super) fn note_once(&mut self, err: ConfigError) {
        if !self.errors.iter().any(|noted| noted.is_about_the_same(&err)) {
            self.errors.push(err);
        }
    }

    /// Returns the warnings if no error was noted.
    pub(super) fn finish(self) -> Result<Vec<ConfigError>, Vec<ConfigError>> {
        let (errors, warnings) = self.told();
        if errors.is_empty() { Ok(warnings) } else { Err(errors) }
    }

    /// Returns errors and warnings.
    pub(super) fn told(self) -> (Vec<ConfigError>, Vec<ConfigError>) {
        let is_from_file = |variable: &str| self.source.is_from_file(variable);
        let named =
            |told: Vec<ConfigError>| told.into_iter().map(|one| one.naming_file(is_from_file)).collect();
        (named(self.errors), named(self.warnings))
    }
}

/// Parses a size above zero; the error says what is allowed.
pub(super) fn parse_size(given: &str) -> Result<u64, String> {
    match bytesize::ByteSize::from_str(given) {
        Ok(size) if size.as_u64() > 0 => Ok(size.as_u64()),
        _ => Err("is not a size; expected bytes or a number with a unit, such as 64KiB or 10MiB".into()),
    }
}

/// Parses a setting that is on or off.
pub(super) fn switch(given: &str) -> Result<bool, String> {
    match given {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("is neither on nor off".into()),
    }
}

/// Parses a duration above zero and up to a day; the error says what is allowed.
pub(crate) fn parse_duration(given: &str) -> Result<Duration, String> {
    match humantime::parse_duration(given) {
        Ok(duration) if !duration.is_zero() && duration <= WAIT_MAX => Ok(duration),
        _ => {
            Err("is not a duration; expected a number with a unit up to 24h, such as 500ms, 10s or 2m".into())
        }
    }
}
