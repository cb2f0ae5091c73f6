//! Addresses of servers: what the URL standard forgives, and no server can be reached by.

use url::Url;

/// What is wrong with an address that parses as a URL; `None`: nothing. Completes the sentence "`NAME`: `given` …".
pub(super) fn unusable(given: &str) -> Option<String> {
    let url = Url::parse(given).ok()?;
    // The parser takes the first segment of `http:///v1` for the host: a variable before it was empty.
    let behind = given.trim().split_once(':').and_then(|(_, rest)| rest.strip_prefix("//"));
    if behind.is_none_or(|rest| rest.starts_with(['/', '\\'])) {
        return Some("has no host behind //".to_owned());
    }
    if url.port() == Some(0) {
        return Some("has port 0, which no server listens on".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    if host.contains('*') {
        return Some(format!(
            "has a pattern for a host, and {host:?} is compared as it stands; name each host"
        ));
    }
    None
}

/// The address of a server, without query, fragment and credentials. `what` it is not, and what is `expected`, complete the
/// error.
pub(super) fn of_server(given: &str, what: &str, expected: &str) -> Result<Url, String> {
    let url = Url::parse(given).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    let url = url.ok_or_else(|| format!("is not {what}; {expected}"))?;
    match unusable(given) {
        Some(problem) => Err(format!("{problem}; {expected}")),
        None => Ok(url),
    }
}

/// The port of the other scheme in an address; such a server rarely exists.
pub(super) fn crossed_port(tls: bool, port: u16) -> Option<&'static str> {
    match (tls, port) {
        (false, 443) => Some("speaks plain http to the port of https; write https://"),
        (true, 80) => Some("speaks https to the port of plain http; leave out the port, or write http://"),
        _ => None,
    }
}

/// What is odd about a path below `API_URL` that repeats the browser's prefix, or the path of `API_URL` itself. An
/// upstream may really have such a path.
pub(super) fn repeated_prefix(path: &str, base_path: &str) -> Option<String> {
    let below = |prefix: &str| {
        let rest = path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
        Some(if rest.is_empty() { "/".to_owned() } else { rest.to_owned() })
    };
    if let Some(rest) = below(shared::API_BASE) {
        return Some(format!("paths begin behind the browser's {}; write {rest:?}", shared::API_BASE));
    }
    let rest = if base_path.is_empty() { None } else { below(base_path) };
    rest.map(|rest| {
        format!(
            "API_URL ends in {base_path}, and the upstream is asked for {base_path}{path}; write {rest:?}"
        )
    })
}
