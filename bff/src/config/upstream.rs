//! Settings of the upstream of `/api/server/*`: address, trust, deadlines, and limits on its answers.

use std::{net::SocketAddr, path::PathBuf};

use http::HeaderName;

use super::{
    address::{crossed_port, unusable},
    error::ConfigError,
    reader::{Reader, switch},
    setting,
};
use crate::response::{ForeignRedirects, ResponseOptions, headers::NEVER};
use http_message::fields::is_hop_by_hop;
use upstream::{BaseUrl, Deadlines, Resilience, UpstreamKind, UpstreamOptions};

/// Reads the options of the upstream; `own` is the address that this server listens on.
pub(super) fn upstream(reader: &mut Reader<'_>, own: SocketAddr) -> UpstreamOptions {
    let kind = kind(reader);
    warn(reader, &kind, own);
    UpstreamOptions {
        kind,
        ca_file: reader.text(&setting::UPSTREAM_CA).map(PathBuf::from),
        deadlines: deadlines(reader),
        connections: reader.number(&setting::UPSTREAM_CONNECTIONS, 1..=65_535).unwrap_or_default(),
        keep_alive: reader.duration(&setting::UPSTREAM_KEEP_ALIVE),
        identity: None,
        resilience: Resilience::default(),
        head_max: usize::try_from(reader.size(&setting::MAX_RESPONSE_HEADERS)).unwrap_or(usize::MAX),
    }
}

pub(super) fn response(reader: &mut Reader<'_>) -> ResponseOptions {
    ResponseOptions {
        foreign_redirects: reader.required(
            &setting::FOREIGN_REDIRECTS,
            ForeignRedirects::Refuse,
            foreign_redirects,
        ),
        extra_headers: reader.optional(&setting::RESPONSE_HEADERS, response_headers).unwrap_or_default(),
        select_max: reader.size(&setting::MAX_SELECT),
        compress: reader.required(&setting::COMPRESS, true, switch),
    }
}

fn deadlines(reader: &mut Reader<'_>) -> Deadlines {
    let answer = reader.duration(&setting::UPSTREAM_TIMEOUT);
    Deadlines {
        connect: reader.duration(&setting::CONNECT_TIMEOUT),
        head: answer,
        total: answer,
        idle: reader.duration(&setting::IDLE_TIMEOUT),
    }
}

fn kind(reader: &mut Reader<'_>) -> UpstreamKind {
    let Some(given) = reader.text(&setting::API_URL) else {
        let database = reader.text(&setting::DEMO_DB).unwrap_or_default();
        return UpstreamKind::Demo((database != ":memory:").then(|| PathBuf::from(database)));
    };
    match base_url(&given) {
        Ok(base) => UpstreamKind::Api(base),
        Err(problem) => {
            reader.note(ConfigError::new(&setting::API_URL, &given, problem));
            UpstreamKind::Demo(None)
        }
    }
}

/// Checks a base URL that is to be called.
///
/// # Errors
/// Completes the sentence "`NAME`: `given` …".
pub(super) fn base_url(given: &str) -> Result<BaseUrl, String> {
    let base = BaseUrl::parse(given)?;
    match unusable(given) {
        Some(problem) => Err(format!("{problem}; expected a URL such as https://host/v1")),
        None => Ok(base),
    }
}

/// Warns of an address that is valid and hardly the upstream's.
fn warn(reader: &mut Reader<'_>, kind: &UpstreamKind, own: SocketAddr) {
    let is_https = matches!(kind, UpstreamKind::Api(base) if base.tls);
    if !is_https && let Some(given) = reader.text(&setting::UPSTREAM_CA) {
        reader.warn(&setting::UPSTREAM_CA, &given, "has no effect without an https API_URL");
    }
    let UpstreamKind::Api(base) = kind else { return };
    let given = reader.text(&setting::API_URL).unwrap_or_default();
    if let Some(problem) = crossed_port(base.tls, base.port) {
        reader.warn(&setting::API_URL, &given, problem);
    }
    if matches!(base.host.as_str(), "0.0.0.0" | "::") {
        let problem = "has a host that stands for every address; name one, such as 127.0.0.1";
        reader.warn(&setting::API_URL, &given, problem);
    }
    if is_own(base, own) {
        reader.warn(&setting::API_URL, &given, "is the address of this server itself; name the upstream's");
    }
}

/// Whether an address is that of this server, which listens on `own`.
pub(super) fn is_own(base: &BaseUrl, own: SocketAddr) -> bool {
    let is_own_host = match base.host.parse::<std::net::IpAddr>() {
        Ok(address) => address == own.ip() || (own.ip().is_unspecified() && address.is_loopback()),
        Err(_) => base.host == "localhost" && (own.ip().is_loopback() || own.ip().is_unspecified()),
    };
    is_own_host && base.port == own.port()
}

fn foreign_redirects(given: &str) -> Result<ForeignRedirects, String> {
    match given {
        "refuse" => Ok(ForeignRedirects::Refuse),
        "pass" => Ok(ForeignRedirects::Pass),
        _ => Err("is neither refuse nor pass".into()),
    }
}

/// Checks a response header that is to be let through.
///
/// # Errors
/// Completes the sentence "`NAME`: `given` …".
pub(super) fn response_header(name: &str) -> Result<HeaderName, String> {
    if name.contains('*') {
        return Err(format!(
            "names {name:?}, and a pattern matches nothing; name each header, such as x-total"
        ));
    }
    let header = name.parse::<HeaderName>().map_err(|_| format!("names {name:?}, which is no header"))?;
    if NEVER.contains(&header) || is_hop_by_hop(header.as_str()) {
        return Err(format!("names {name}, which never leaves the server"));
    }
    Ok(header)
}

fn response_headers(given: &str) -> Result<Vec<HeaderName>, String> {
    let names = given.split(',').map(str::trim).filter(|name| !name.is_empty()).map(response_header);
    let names: Vec<_> = names.collect::<Result<_, _>>()?;
    if names.is_empty() {
        Err("names no header; expected names by comma, such as x-total".into())
    } else {
        Ok(names)
    }
}
