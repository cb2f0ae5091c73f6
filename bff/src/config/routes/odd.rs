//! Routes that are valid one by one and hardly meant: fields without an effect, tags that nobody has, and paths that
//! lead elsewhere.

use http::Method;

use super::{beside::Beside, lines::TableLine, template::concrete, upstreams::DEFAULT};
use crate::{
    config::address::repeated_prefix,
    guard::token_paths::{TokenPath, TokenPaths},
    route_table::{DEFAULT_UPSTREAM, Rewrite, Route, RouteError, RouteTable},
};
use http_cache::route::{CachePolicy, Heuristic};
use http_message::CanonicalPath;

/// The address of batches below [`shared::API_BASE`], which no route is asked for.
const BATCH: &str = "/batch";

/// Lists what is odd, in the order of the table; `lines` has the line of each route.
pub(super) fn odd(routes: &[Route], lines: &[usize], beside: &Beside<'_>) -> Vec<TableLine> {
    let hidden = TokenPaths::new(beside.login);
    let mut odd = Vec::new();
    for (route, line) in routes.iter().zip(lines) {
        let path = route.rewrite.as_ref().map_or(route.path.as_str(), Rewrite::template);
        let at_default = (route.upstream == DEFAULT_UPSTREAM).then_some(path);
        let problems = [
            at_default.and_then(|path| repeated_prefix(path, beside.base_path)),
            own_address(&route.path),
            at_default.and_then(|path| hidden_address(path, &hidden)),
            route.select.as_deref().and_then(select),
            without_effect(route, beside.heuristic),
        ];
        let problems = problems.into_iter().flatten().chain(unknown_tags(route, routes));
        odd.extend(problems.map(|problem| TableLine::of_route(*line, &route.path, problem)));
    }
    odd
}

/// Lists routes whose own spelling is that of another route with other terms; `lines` has the line of each route.
pub(super) fn refused_everywhere(table: &RouteTable, lines: &[usize]) -> Vec<TableLine> {
    let is_refused = |route: &&Route| {
        let path = CanonicalPath::parse(&concrete(&route.path)).ok();
        let found = path.zip(route.methods.first()).map(|(path, method)| table.find(method, &path).err());
        found.flatten() == Some(RouteError::OtherSpelling)
    };
    let told = |route: &Route| {
        let problem = "it is another spelling of a route with other terms, and its requests are refused as ambiguous; \
             give both the same session, require, acr, max-age, select, limit, max-body, websocket and methods";
        TableLine::of_route(lines.get(route.index).copied().unwrap_or_default(), &route.path, problem)
    };
    table.routes().filter(is_refused).map(told).collect()
}

/// Lists upstreams that no route leads to, each with its line.
pub(super) fn unused(names: &[(String, usize)], routes: &[Route]) -> Vec<TableLine> {
    let named = names.iter().filter(|(name, _)| name != DEFAULT).enumerate();
    let unused = named.filter(|(number, _)| !routes.iter().any(|route| route.upstream == number + 1));
    unused.map(|(_, (name, line))| TableLine::of_upstream(*line, name, "no route leads to it")).collect()
}

/// A path that the server answers itself.
fn own_address(path: &str) -> Option<String> {
    let own = || format!("{}{BATCH} is the server's own, and never reaches this route", shared::API_BASE);
    (path == BATCH).then(own)
}

/// A path of the upstream's that is hidden from browsers.
fn hidden_address(path: &str, hidden: &TokenPaths) -> Option<String> {
    let concrete = CanonicalPath::parse(&concrete(path)).ok().filter(|_| !path.contains('{'))?;
    (hidden.find(&concrete) == Some(TokenPath::Hidden)).then(|| {
        "BFF_LOGIN_PATH, BFF_REFRESH_PATH and BFF_LOGOUT_PATH are never reachable from the browser; it signs in at /bff/login".to_owned()
    })
}

/// A field of `select` whose name is written in the style of another language.
fn select(fields: &[String]) -> Option<String> {
    let is_odd =
        |field: &&String| field.split('.').any(str::is_empty) || field.contains(['[', '*', '/', '$']);
    let field = fields.iter().find(is_odd)?;
    let parts: Vec<&str> =
        field.split(['.', '[', ']', '/', '*', '$']).filter(|part| !part.is_empty()).collect();
    let suggestion = if parts.is_empty() { String::new() } else { format!("; write {:?}", parts.join(".")) };
    Some(format!("select: {field:?} picks a field of exactly this name{suggestion}"))
}

/// A field that the methods of its route leave without effect.
fn without_effect(route: &Route, heuristic: Heuristic) -> Option<String> {
    let stores = route.methods.contains(&Method::GET);
    let changes = route.methods.iter().any(|method| !method.is_safe());
    let unsaid = CachePolicy { heuristic, ..CachePolicy::default() };
    match route {
        Route { cache, .. } if !stores && *cache != unsaid => {
            Some("cache has no effect without the method GET".to_owned())
        }
        Route { cache, .. } if cache.errors && cache.ttl.is_none() => Some(
            "cache: errors has no effect without ttl; the upstream says how long its errors hold".to_owned(),
        ),
        Route { tags, .. } if !stores && !tags.is_empty() => Some(
            "tags have no effect without the method GET; a change names its tags in invalidates".to_owned(),
        ),
        Route { invalidates, .. } if !changes && !invalidates.is_empty() => Some(
            "invalidates has no effect: none of the methods changes anything; what is read has tags"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Tags to invalidate that no route has.
fn unknown_tags<'a>(route: &'a Route, routes: &'a [Route]) -> impl Iterator<Item = String> + use<'a> {
    let known = || routes.iter().flat_map(|route| &route.tags);
    let unknown = route.invalidates.iter().filter(move |tag| !known().any(|other| other == *tag));
    unknown.map(move |tag| {
        let nearest = known()
            .max_by(|one, two| strsim::jaro_winkler(tag, one).total_cmp(&strsim::jaro_winkler(tag, two)));
        match nearest {
            Some(nearest) => format!("invalidates: no route has the tag {tag:?}; did you mean {nearest:?}?"),
            None => format!(
                "invalidates: no route has the tag {tag:?}; give it to the routes it is about, in tags"
            ),
        }
    })
}
