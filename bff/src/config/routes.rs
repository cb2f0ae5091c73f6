//! Reads the route table from its TOML file.

mod methods;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use super::{limits::parse_limit, reader::parse_duration};
use crate::route_table::{ErrorPolicy, Route, RouteTable, RouteTableError, SessionPolicy, TrailingSlash};
use http_cache::route::{CachePolicy, Heuristic};
use http_message::methods::METHODS;
use upstream::OwnDeadlines;

/// The file's tables. An unknown field stops the start: a policy that is silently ignored is worse than none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    route: Vec<RouteFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RouteFields {
    path: String,
    methods: Option<Vec<String>>,
    timeout: Option<String>,
    head_timeout: Option<String>,
    idle_timeout: Option<String>,
    #[serde(default)]
    errors: ErrorPolicy,
    #[serde(default)]
    encoded_slash: bool,
    #[serde(default)]
    session: SessionPolicy,
    select: Option<Vec<String>>,
    limit: Option<String>,
    #[serde(default)]
    cache: CacheFields,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    invalidates: Vec<String>,
    collapse: Option<bool>,
    #[serde(default)]
    trailing_slash: TrailingSlash,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CacheFields {
    ttl: Option<String>,
    stale_while_revalidate: Option<String>,
    stale_if_error: Option<String>,
    #[serde(default)]
    private: bool,
    heuristic: Option<bool>,
}

/// Reasons why a text is no route table.
#[derive(Debug, thiserror::Error)]
pub(super) enum RoutesError {
    /// The text is not TOML, or has other fields than those of a route.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// The table has no routes, and would forward nothing.
    #[error("it has no [[route]]")]
    Empty,
    /// A value of one route is wrong.
    #[error(transparent)]
    Route(#[from] RouteTableError),
}

/// Reads a route table file. `heuristic` is for the routes that do not say.
///
/// # Errors
/// An unknown field, a value out of range, two routes that claim the same path and method.
pub(super) fn parse(text: &str, heuristic: Heuristic) -> Result<RouteTable, RoutesError> {
    let file: File = toml::from_str(text)?;
    if file.route.is_empty() {
        return Err(RoutesError::Empty);
    }
    let routes = file.route.into_iter().map(|entry| route(entry, heuristic)).collect::<Result<_, _>>()?;
    Ok(RouteTable::new(routes)?)
}

/// Parses the setting for the routes that do not say.
pub(super) fn heuristic(given: &str) -> Result<Heuristic, String> {
    match given {
        "on" => Ok(Heuristic::Shared),
        "off" => Ok(Heuristic::Off),
        _ => Err("is neither on nor off".into()),
    }
}

fn route(entry: RouteFields, heuristic: Heuristic) -> Result<Route, RouteTableError> {
    let wrong = |problem| RouteTableError { path: entry.path.clone(), problem };
    if !entry.path.starts_with('/') {
        return Err(wrong("the path must start with /".to_owned()));
    }
    let methods =
        entry.methods.as_deref().map_or_else(|| Ok(METHODS.to_vec()), methods::parse).map_err(wrong)?;
    let duration = |name: &str, given: &Option<String>| {
        let parsed = given.as_deref().map(parse_duration).transpose();
        parsed.map_err(|err| wrong(format!("{name} {err}")))
    };
    let deadlines = OwnDeadlines {
        timeout: duration("timeout", &entry.timeout)?,
        head: duration("head-timeout", &entry.head_timeout)?,
        idle: duration("idle-timeout", &entry.idle_timeout)?,
    };
    let limit = entry.limit.as_deref().map(parse_limit).transpose();
    let limit = limit.map_err(|err| wrong(format!("limit {err}")))?;
    let cache = cache(&entry.cache, heuristic).map_err(wrong)?;
    if entry.select.as_ref().is_some_and(Vec::is_empty) {
        return Err(wrong("select names no field".to_owned()));
    }
    Ok(Route {
        session: entry.session,
        limit,
        cache,
        tags: entry.tags,
        invalidates: entry.invalidates,
        collapse: entry.collapse.unwrap_or(true),
        trailing_slash: entry.trailing_slash,
        index: 0,
        select: entry.select,
        path: entry.path,
        methods,
        deadlines,
        errors: entry.errors,
        encoded_slash: entry.encoded_slash,
    })
}

fn cache(entry: &CacheFields, heuristic: Heuristic) -> Result<CachePolicy, String> {
    let duration = |name: &str, given: &Option<String>| {
        let parsed = given.as_deref().map(parse_duration).transpose();
        parsed.map_err(|err| format!("cache: {name} {err}"))
    };
    let ttl = duration("ttl", &entry.ttl)?;
    // Headers give browsers this duration in whole seconds.
    if ttl.is_some_and(|ttl| ttl.subsec_nanos() > 0) {
        return Err("cache: ttl must be whole seconds".to_owned());
    }
    Ok(CachePolicy {
        ttl,
        stale_while_revalidate: duration("stale-while-revalidate", &entry.stale_while_revalidate)?,
        stale_if_error: duration("stale-if-error", &entry.stale_if_error)?,
        private: entry.private,
        heuristic: match entry.heuristic {
            Some(true) => Heuristic::Private,
            Some(false) => Heuristic::Off,
            None => heuristic,
        },
    })
}
