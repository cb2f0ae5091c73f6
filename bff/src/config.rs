//! The configuration: one small struct per concern, read from a [`Source`] and checked before a socket opens.
//!
//! Every error is collected, so that one start shows everything that is wrong, a line for each.

pub(crate) mod limits;
mod listen;
mod log;
mod otlp;
mod profile;
pub(crate) mod reader;
mod redis;
mod session;
mod setting;
mod source;
mod spa;
#[cfg(test)]
mod tests;
mod upstream;

pub use limits::Limits;
pub use listen::Listen;
pub(crate) use listen::is_loopback;
pub use log::{Log, LogFormat};
pub use otlp::Otlp;
pub use profile::Profile;
pub use redis::SessionPlace;
pub use session::{CorsOrigins, Oidc, Session, UpstreamLogin};
pub use setting::{SETTINGS, Setting};
pub use source::{Request, Source};
pub use spa::SpaSource;
pub use upstream::{BaseUrl, Deadlines, ForeignRedirects, Upstream, UpstreamKind};

use self::reader::Reader;
use crate::{redis::RedisAddress, route_table::RouteTable};

/// A value that the server cannot start with: the variable's name, what was given, what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {given:?} {problem}")]
pub struct ConfigError {
    variable: &'static str,
    given: String,
    problem: String,
}

impl ConfigError {
    fn new(setting: &Setting, given: &str, problem: impl Into<String>) -> Self {
        Self { variable: setting.variable, given: given.to_owned(), problem: problem.into() }
    }
}

/// Everything the server needs to know, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address, public URL, workers, drain.
    pub listen: Listen,
    /// Where `/api/server/*` goes, and how long it may take.
    pub upstream: Upstream,
    /// Which paths and methods are forwarded, and under which policy.
    pub routes: RouteTable,
    /// Caps on what a client may send and an upstream may answer.
    pub limits: Limits,
    /// Where the single-page app comes from.
    pub spa: SpaSource,
    /// Who may sign in, how, and for how long.
    pub session: Session,
    /// Where Redis is; `None`: this process shares nothing.
    pub redis: Option<RedisAddress>,
    /// What is logged, and how.
    pub log: Log,
    /// Where spans go, if anywhere.
    pub otlp: Option<Otlp>,
}

impl Config {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::new(source);
        let config = Self {
            listen: Listen::read(&mut reader),
            upstream: Upstream::read(&mut reader),
            routes: routes(&mut reader),
            limits: Limits::read(&mut reader),
            spa: SpaSource::read(&mut reader),
            session: Session::read(&mut reader),
            redis: redis::address(&mut reader),
            log: Log::read(&mut reader),
            otlp: Otlp::read(&mut reader),
        };
        if Profile::read(&mut reader) == Profile::Production {
            for problem in profile::unsafe_in_production(&config, &reader) {
                reader.note(problem);
            }
        }
        reader.finish(config)
    }
}

fn routes(reader: &mut Reader<'_>) -> RouteTable {
    let table = reader.optional(&setting::ROUTES, |path| {
        let text = std::fs::read_to_string(path).map_err(|err| format!("cannot be read: {err}"))?;
        RouteTable::parse(&text).map_err(|err| format!("is not a route table: {err}"))
    });
    table.unwrap_or_else(RouteTable::built_in)
}
