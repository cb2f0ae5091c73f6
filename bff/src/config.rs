//! The configuration: one small struct per concern, read from a [`Source`] and checked before a socket opens.
//!
//! Every error is collected, so that one start shows everything that is wrong, a line for each.

mod guard;
mod limits;
mod listen;
mod log;
mod otlp;
mod profile;
mod reader;
mod redis;
mod routes;
mod session;
mod setting;
mod source;
mod spa;
#[cfg(test)]
mod tests;
mod upstream;

pub use listen::Listen;
pub use profile::Profile;
pub use setting::{SETTINGS, Setting};
pub use source::{Request, Source};

use self::reader::Reader;
use crate::{
    batch::BatchLimits, guard::GuardOptions, otlp::OtlpOptions, pipeline::RequestLimits, redis::RedisAddress,
    response::ResponseOptions, route_table::RouteTable, session::SessionOptions, sign_in::SignInOptions,
    spa::SpaSource, telemetry::LogOptions, upstream::UpstreamOptions,
};

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
    pub upstream: UpstreamOptions,
    /// What of its answers may leave.
    pub response: ResponseOptions,
    /// Which paths and methods are forwarded, and under which policy.
    pub routes: RouteTable,
    /// Caps on what a client may send.
    pub request: RequestLimits,
    /// Caps on batches.
    pub batch: BatchLimits,
    /// Bytes of the response cache of all workers together; `None`: there is none.
    pub cache_max: Option<u64>,
    /// Where the single-page app comes from.
    pub spa: SpaSource,
    /// Where sessions are kept, and for how long.
    pub session: SessionOptions,
    /// Where people sign in.
    pub sign_in: SignInOptions,
    /// Who may ask, and how often.
    pub guard: GuardOptions,
    /// Where Redis is; `None`: this process shares nothing.
    pub redis: Option<RedisAddress>,
    /// What is logged, and how.
    pub log: LogOptions,
    /// Where spans go, if anywhere.
    pub otlp: Option<OtlpOptions>,
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
            upstream: upstream::upstream(&mut reader),
            response: upstream::response(&mut reader),
            routes: routes(&mut reader),
            request: limits::request(&mut reader),
            batch: limits::batch(&mut reader),
            cache_max: limits::cache(&mut reader),
            spa: spa::spa(&mut reader),
            session: session::session(&mut reader),
            sign_in: session::sign_in(&mut reader),
            guard: guard::guard(&mut reader),
            redis: redis::address(&mut reader),
            log: log::log(&mut reader),
            otlp: otlp::otlp(&mut reader),
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
        routes::parse(&text).map_err(|err| format!("is not a route table: {err}"))
    });
    table.unwrap_or_else(RouteTable::built_in)
}
