//! Reads the route table from its TOML file.

mod beside;
mod lines;
mod methods;
mod odd;
mod one_or_many;
mod person;
mod template;
#[cfg(test)]
mod tests;
mod upstreams;

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;
use toml::Spanned;

pub(super) use self::{beside::Beside, lines::TableLine, upstreams::Upstreams};
use self::{
    lines::line_of,
    odd::{odd, refused_everywhere, unused},
    one_or_many::OneOrMany,
    person::RequireFields,
    upstreams::{DEFAULT, UpstreamFields, upstreams},
};
use super::{
    limits::parse_limit,
    reader::{parse_duration, parse_size, switch},
    upstream::response_header,
};
use crate::route_table::{
    DEFAULT_UPSTREAM, ErrorPolicy, Rewrite, Route, RouteTable, SessionPolicy, TrailingSlash,
};
use http_cache::route::{CachePolicy, Heuristic};
use http_message::{methods::METHODS, request_fields::FieldNames};
use upstream::OwnDeadlines;

/// The file's tables. An unknown field stops the start: a policy that is silently ignored is worse than none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    route: Vec<RouteFields>,
    #[serde(default)]
    upstream: BTreeMap<Spanned<String>, UpstreamFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RouteFields {
    path: Spanned<String>,
    methods: Option<Vec<String>>,
    timeout: Option<String>,
    head_timeout: Option<String>,
    idle_timeout: Option<String>,
    #[serde(default)]
    errors: ErrorPolicy,
    #[serde(default)]
    encoded_slash: bool,
    session: Option<SessionPolicy>,
    select: Option<Vec<String>>,
    list: Option<String>,
    require: Option<RequireFields>,
    acr: Option<OneOrMany>,
    max_age: Option<String>,
    limit: Option<String>,
    max_body: Option<String>,
    #[serde(default)]
    cache: CacheFields,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    invalidates: Vec<String>,
    query: Option<Vec<String>>,
    collapse: Option<bool>,
    #[serde(default)]
    active: bool,
    compress: Option<bool>,
    #[serde(default)]
    request_headers: Vec<String>,
    #[serde(default)]
    response_headers: Vec<String>,
    #[serde(default)]
    trailing_slash: TrailingSlash,
    upstream: Option<String>,
    rewrite: Option<String>,
    #[serde(default)]
    websocket: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CacheFields {
    ttl: Option<String>,
    stale_while_revalidate: Option<String>,
    stale_if_error: Option<String>,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    errors: bool,
    heuristic: Option<bool>,
}

/// A route table file, as read.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) routes: RouteTable,
    pub(super) upstreams: Upstreams,
    /// Lines that work and are hardly meant.
    pub(super) warnings: Vec<TableLine>,
}

/// Reads a route table file.
///
/// # Errors
/// An unknown field, a value out of range, a path that no request has, two routes that claim the same path and method:
/// a line for each.
pub(super) fn parse(text: &str, beside: &Beside<'_>) -> Result<Table, Vec<TableLine>> {
    let file: File = toml::from_str(text).map_err(|err| vec![TableLine::of_toml(text, &err)])?;
    if file.route.is_empty() {
        return Err(vec![TableLine::of_table("it has no [[route]]")]);
    }
    let is_open = is_open(&file.route);
    let (mut routes, mut lines) = (Vec::new(), Vec::new());
    let (mut warnings, mut errors) = (Vec::new(), Vec::new());
    let names: Vec<(String, usize)> =
        file.upstream.keys().map(|name| (name.get_ref().clone(), line_of(text, &name.span()))).collect();
    let upstreams =
        upstreams(file.upstream, |name| line_of(text, &name.span()), beside).unwrap_or_else(|problems| {
            errors.extend(problems);
            Upstreams::only(beside.upstream)
        });
    for fields in file.route {
        let line = line_of(text, &fields.path.span());
        let path = fields.path.get_ref().clone();
        let told = |problem| TableLine::of_route(line, &path, problem);
        match template::check(&path, fields.encoded_slash) {
            Ok(warning) => warnings.extend(warning.map(told)),
            Err(problem) => errors.push(told(problem)),
        }
        let names_session = fields.session.is_some();
        match route(fields, &names, beside) {
            Ok(route) if !names_session && route.is_open() && upstreams.trusts_the_server(route.upstream) => {
                errors.push(told(
                    "its upstream takes requests for the server's own, by a key, a token or a certificate; say \
                     session = \"required\", or \"optional\" where strangers may use it"
                        .to_owned(),
                ));
            }
            Ok(route) => {
                routes.push(route);
                lines.push(line);
            }
            Err(problem) => errors.push(told(problem)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    warnings.extend(odd(&routes, &lines, beside));
    warnings.extend(unused(&names, &routes));
    let table = RouteTable::new(routes).map_err(|err| {
        let line = lines.get(err.index).copied().unwrap_or_default();
        vec![TableLine::of_route(line, &err.path, err.problem)]
    })?;
    warnings.extend(refused_everywhere(&table, &lines));
    Ok(Table { routes: if is_open { table.opened() } else { table }, upstreams, warnings })
}

/// Whether a table is one route for everything, by methods that it does not name. One that names them says that it is meant.
fn is_open(rows: &[RouteFields]) -> bool {
    let is_everything = |row: &RouteFields| row.path.get_ref().starts_with("/{*");
    let is_root = |row: &RouteFields| row.path.get_ref() == "/";
    rows.iter().all(|row| is_everything(row) || is_root(row))
        && rows.iter().any(|row| is_everything(row) && row.methods.is_none())
}

/// The route of a row; an error completes "route `path`: …".
fn route(row: RouteFields, names: &[(String, usize)], beside: &Beside<'_>) -> Result<Route, String> {
    let methods = row.methods.as_deref().map_or_else(|| Ok(METHODS.to_vec()), methods::parse)?;
    let duration = |name: &str, given: &Option<String>| {
        let parsed = given.as_deref().map(parse_duration).transpose();
        parsed.map_err(|err| format!("{name} {err}"))
    };
    let deadlines = OwnDeadlines {
        timeout: duration("timeout", &row.timeout)?,
        head: duration("head-timeout", &row.head_timeout)?,
        idle: duration("idle-timeout", &row.idle_timeout)?,
    };
    let limit = row.limit.as_deref().map(parse_limit).transpose().map_err(|err| format!("limit {err}"))?;
    // The handshake of a WebSocket is a GET (RFC 6455 §4.1).
    if row.websocket && !methods.contains(&Method::GET) {
        return Err("websocket needs the method GET, by which a WebSocket is opened".to_owned());
    }
    let max_body = row.max_body.as_deref().map(parse_size).transpose();
    let max_body = max_body.map_err(|err| format!("max-body {err}"))?;
    if row.select.as_ref().is_some_and(Vec::is_empty) {
        return Err("select names no field".to_owned());
    }
    if row.list.as_ref().is_some_and(|list| row.select.is_none() || list.split('.').any(str::is_empty)) {
        return Err("list is the way to the list that select is for, such as \"results\" or \"data.items\""
            .to_owned());
    }
    let response_headers = row.response_headers.iter().map(|name| response_header(name));
    let response_headers: Vec<_> =
        response_headers.collect::<Result<_, _>>().map_err(|err| format!("response-headers {err}"))?;
    let request_headers = FieldNames::parse(row.request_headers.iter().map(String::as_str))
        .map_err(|err| format!("request-headers {err}"))?;
    let require = row.require.map(|fields| person::require(fields, beside.claims)).transpose()?;
    let step_up = person::step_up(row.acr, duration("max-age", &row.max_age)?, beside.claims.is_some())?;
    let session = person::session(row.session.unwrap_or_default(), require.is_some() || step_up.is_some())?;
    Ok(Route {
        request_headers,
        response_headers,
        session,
        require,
        step_up,
        limit,
        max_body,
        cache: cache(&row.cache, beside.heuristic)?,
        tags: row.tags,
        invalidates: row.invalidates,
        query: row.query,
        collapse: row.collapse.unwrap_or(true),
        active: row.active,
        compress: row.compress.unwrap_or(true),
        trailing_slash: row.trailing_slash,
        upstream: upstream_number(row.upstream.as_deref(), names)?,
        rewrite: row
            .rewrite
            .as_deref()
            .map(|to| rewrite(row.path.get_ref(), to, row.encoded_slash))
            .transpose()?,
        websocket: row.websocket,
        index: 0,
        limited_as: 0,
        select: row.select,
        list: row.list,
        path: row.path.into_inner(),
        methods,
        deadlines,
        errors: row.errors,
        encoded_slash: row.encoded_slash,
    })
}

/// The number of a route's upstream: the table's own are numbered in the order of their names, behind the default one.
fn upstream_number(name: Option<&str>, names: &[(String, usize)]) -> Result<usize, String> {
    let Some(name) = name.filter(|name| *name != DEFAULT) else { return Ok(DEFAULT_UPSTREAM) };
    let named = names.iter().map(|(name, _)| name.as_str()).filter(|name| *name != DEFAULT);
    let number = named.clone().position(|known| known == name);
    let nearest = || {
        named.max_by(|one, two| strsim::jaro_winkler(name, one).total_cmp(&strsim::jaro_winkler(name, two)))
    };
    number.map(|number| number + DEFAULT_UPSTREAM + 1).ok_or_else(|| match nearest() {
        Some(nearest) => format!("upstream: there is no [upstream.{name}]; did you mean {nearest:?}?"),
        None => format!("upstream: there is no [upstream.{name}]"),
    })
}

fn rewrite(path: &str, to: &str, encoded_slash: bool) -> Result<Rewrite, String> {
    template::check(to, encoded_slash).map_err(|problem| format!("rewrite: {problem}"))?;
    Rewrite::new(path, to).map_err(|problem| format!("rewrite {problem}"))
}

/// Parses the setting for the routes that do not say.
pub(super) fn heuristic(given: &str) -> Result<Heuristic, String> {
    Ok(if switch(given)? { Heuristic::Shared } else { Heuristic::Off })
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
        errors: entry.errors,
        heuristic: match entry.heuristic {
            Some(true) => Heuristic::Private,
            Some(false) => Heuristic::Off,
            None => heuristic,
        },
    })
}
