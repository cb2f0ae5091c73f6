//! Reads the options of all parts.

use super::{
    error::ConfigError,
    guard, limits,
    listen::Listen,
    log, otlp,
    parts::Config,
    profile::{self, Profile},
    reader::Reader,
    redis, routes, session, setting,
    source::Source,
    spa, upstream,
};
use crate::route_table::RouteTable;
use http_cache::route::Heuristic;

impl Config {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// All errors of the settings.
    pub fn from_source(source: &Source) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::new(source);
        let config = Self {
            listen: Listen::read(&mut reader),
            upstream: upstream::upstream(&mut reader),
            response: upstream::response(&mut reader),
            routes: route_table(&mut reader),
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

fn route_table(reader: &mut Reader<'_>) -> RouteTable {
    let heuristic = reader.required(&setting::CACHE_HEURISTIC, Heuristic::Off, routes::heuristic);
    let table = reader.optional(&setting::ROUTES, |path| {
        let text = std::fs::read_to_string(path).map_err(|err| format!("cannot be read: {err}"))?;
        routes::parse(&text, heuristic).map_err(|err| format!("is not a route table: {err}"))
    });
    table.unwrap_or_else(|| RouteTable::built_in(heuristic))
}
