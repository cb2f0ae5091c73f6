//! `bff check`: what production would say of these settings, without a start.

use std::fmt;

use http_message::BasePath;
use url::Url;

use super::{error::ConfigError, parts::Config, profile::Profile, reader::Reader, source::Source};
use crate::{
    connection::Certificate,
    spa::{Assets, SeenAs},
};

/// What production would refuse, and what it would warn of.
#[derive(Debug)]
pub struct Checked {
    /// What keeps it from starting.
    pub refused: Vec<ConfigError>,
    /// Files that keep it from starting, a line for each.
    pub unusable: Vec<String>,
    /// What it would start with, and is hardly meant.
    pub warned: Vec<ConfigError>,
}

impl Checked {
    /// Checks the settings of `source` as production would, whatever the profile in them.
    #[must_use]
    pub fn of(source: &Source) -> Self {
        let mut reader = Reader::new(source);
        let config = Config::read(&mut reader);
        // A profile that is no profile is told like every other mistake.
        Profile::read(&mut reader);
        Profile::Production.judge(&config, &mut reader);
        let (refused, warned) = reader.told();
        Self { refused, unusable: unusable(&config), warned }
    }

    /// Whether production would start.
    #[must_use]
    pub const fn would_start(&self) -> bool {
        self.refused.is_empty() && self.unusable.is_empty()
    }
}

/// What is wrong with the app's folder, and with the server's own certificate.
fn unusable(config: &Config) -> Vec<String> {
    let listen = &config.listen;
    let path = listen.public_url.as_ref().map_or("/", Url::path);
    let seen_as = SeenAs { secure: listen.is_https(), base_path: BasePath::new(path) };
    let app = Assets::load(&config.spa, &seen_as).err().map(|err| err.to_string());
    let certificate = listen.certificate.clone().map(Certificate::read);
    app.into_iter().chain(certificate.and_then(Result::err).map(|err| err.to_string())).collect()
}

/// A line for each, and one for the outcome.
impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.refused {
            writeln!(f, "refused: {problem}")?;
        }
        for problem in &self.unusable {
            writeln!(f, "refused: {problem}")?;
        }
        for problem in &self.warned {
            writeln!(f, "warning: {problem}")?;
        }
        writeln!(f, "production would {}start", if self.would_start() { "" } else { "not " })
    }
}
