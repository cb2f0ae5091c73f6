//! Reads the options of all parts.

use super::{
    error::ConfigError,
    guard, limits,
    listen::Listen,
    log, otlp,
    parts::Config,
    profile::{self, Profile},
    reader::Reader,
    redis, request_headers,
    routes::{self, Beside},
    session, setting,
    source::Source,
    spa, upstream,
};
use crate::route_table::RouteTable;
use ::upstream::UpstreamKind;
use http_cache::route::Heuristic;

impl Config {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// All errors of the settings.
    pub fn from_source(source: &Source) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::new(source);
        let listen = Listen::read(&mut reader);
        let upstream = upstream::upstream(&mut reader, listen.address);
        let response = upstream::response(&mut reader);
        let base_path = match &upstream.kind {
            UpstreamKind::Api(base) => base.path.as_str(),
            UpstreamKind::Demo(_) => "",
        };
        let sign_in = session::sign_in(&mut reader, base_path);
        let heuristic = reader.required(&setting::CACHE_HEURISTIC, Heuristic::Off, routes::heuristic);
        let beside = Beside { base_path, heuristic, login: &sign_in.upstream_login };
        let config = Self {
            routes: route_table(&mut reader, &beside),
            listen,
            upstream,
            response,
            request_headers: request_headers::request_headers(&mut reader),
            request: limits::request(&mut reader),
            batch: limits::batch(&mut reader),
            cache_max: limits::cache(&mut reader),
            spa: spa::spa(&mut reader),
            session: session::session(&mut reader),
            sign_in,
            guard: guard::guard(&mut reader),
            redis: redis::address(&mut reader),
            log: log::log(&mut reader),
            otlp: otlp::otlp(&mut reader),
            warnings: Vec::new(),
        };
        if Profile::read(&mut reader) == Profile::Production {
            for problem in profile::unsafe_in_production(&config, &reader) {
                reader.note(problem);
            }
        }
        Ok(Self { warnings: reader.finish()?, ..config })
    }
}

fn route_table(reader: &mut Reader<'_>, beside: &Beside<'_>) -> RouteTable {
    let Some(path) = reader.text(&setting::ROUTES) else { return RouteTable::built_in(beside.heuristic) };
    let mut refuse = |problem| reader.note(ConfigError::new(&setting::ROUTES, &path, problem));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(err) => {
            refuse(format!("cannot be read: {err}"));
            return RouteTable::built_in(beside.heuristic);
        }
    };
    match routes::parse(&text, beside) {
        Ok((table, warnings)) => {
            for line in warnings {
                reader.warn(&setting::ROUTES, &path, format!("is hardly meant: {line}"));
            }
            table
        }
        Err(errors) => {
            errors.into_iter().for_each(|line| refuse(format!("is not a route table: {line}")));
            RouteTable::built_in(beside.heuristic)
        }
    }
}
