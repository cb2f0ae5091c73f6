//! Reads the upstreams of a route table: `[upstream.NAME]`.

use std::{collections::BTreeMap, path::PathBuf};

use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use toml::Spanned;

use super::{super::upstream::base_url, beside::Beside, lines::TableLine, one_or_many::OneOrMany};
use crate::{
    config::reader::parse_duration,
    pipeline::{NamedUpstream, Proof},
    route_table::DEFAULT_UPSTREAM,
    sign_in::token_policy::{TokenPolicy, TokenScope},
};
use http_message::fields::is_hop_by_hop;
use upstream::{BaseUrl, Identity, OwnDeadlines, Resilience, UpstreamOptions};

/// The name of the upstream at `API_URL`.
pub(super) const DEFAULT: &str = "default";

/// The most places that an upstream may have, per worker.
const CONNECTIONS_MAX: usize = 65_535;

/// Fields that this server makes itself for each request, and that no setting replaces.
const MADE_HERE: [&str; 9] = [
    "content-length",
    "cookie",
    "host",
    "traceparent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
];

/// The upstreams of a table.
#[derive(Debug, Clone)]
pub(in crate::config) struct Upstreams {
    /// The one at `API_URL`.
    pub(in crate::config) default: UpstreamOptions,
    /// The proof that it gets.
    pub(in crate::config) proof: Proof,
    /// The others, in the order of their names.
    pub(in crate::config) named: Vec<NamedUpstream>,
}

impl Upstreams {
    /// The upstream at `API_URL` and no other.
    pub(in crate::config) fn only(default: &UpstreamOptions) -> Self {
        Self { default: default.clone(), proof: Proof::default(), named: Vec::new() }
    }

    /// Whether the upstream of this number takes whatever comes for this server's own wish, whoever wished it.
    pub(super) fn trusts_the_server(&self, number: usize) -> bool {
        let named = number.checked_sub(DEFAULT_UPSTREAM + 1).and_then(|number| self.named.get(number));
        let (options, proof) = named.map_or((&self.default, &self.proof), |one| (&one.options, &one.proof));
        let has_own_token = matches!(proof.token, TokenPolicy::ClientCredentials(_));
        has_own_token || !proof.fields.is_empty() || options.identity.is_some()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct UpstreamFields {
    url: Option<OneOrMany>,
    ca: Option<PathBuf>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    #[serde(default)]
    headers: BTreeMap<String, toml::Value>,
    token: Option<TokenKind>,
    audience: Option<String>,
    scope: Option<String>,
    timeout: Option<String>,
    connect_timeout: Option<String>,
    head_timeout: Option<String>,
    idle_timeout: Option<String>,
    connections: Option<usize>,
    #[serde(default)]
    retries: bool,
    #[serde(default)]
    breaker: bool,
    #[serde(default)]
    http2: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TokenKind {
    Session,
    None,
    ClientCredentials,
    Exchange,
}

/// Reads every upstream; an error completes "upstream `name`: …".
pub(super) fn upstreams(
    given: BTreeMap<Spanned<String>, UpstreamFields>,
    line_of: impl Fn(&Spanned<String>) -> usize,
    beside: &Beside<'_>,
) -> Result<Upstreams, Vec<TableLine>> {
    let mut upstreams = Upstreams::only(beside.upstream);
    let mut errors = Vec::new();
    for (name, fields) in given {
        let line = line_of(&name);
        let read = match name.get_ref().as_str() {
            DEFAULT => default(fields, &mut upstreams, beside),
            name => named(name, fields, beside).map(|one| upstreams.named.push(one)),
        };
        if let Err(problem) = read {
            errors.push(TableLine::of_upstream(line, name.get_ref(), problem));
        }
    }
    if errors.is_empty() { Ok(upstreams) } else { Err(errors) }
}

fn default(fields: UpstreamFields, upstreams: &mut Upstreams, beside: &Beside<'_>) -> Result<(), String> {
    if fields.url.is_some() || fields.ca.is_some() {
        return Err(
            "its address is API_URL, and its certificates are BFF_UPSTREAM_CA's; leave url and ca out"
                .to_owned(),
        );
    }
    upstreams.proof = proof(&fields, TokenKind::Session, beside)?;
    upstreams.default = options(&fields, beside)?;
    Ok(())
}

fn named(name: &str, mut fields: UpstreamFields, beside: &Beside<'_>) -> Result<NamedUpstream, String> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.bytes().all(is_name) {
        return Err("a name has letters, digits, - and _".to_owned());
    }
    let given =
        fields.url.take().ok_or("url is missing, such as \"https://billing.internal/v1\"")?.into_list();
    let checked = given.iter().map(|url| base_url(url).map_err(|problem| format!("url: {url:?} {problem}")));
    let mut bases = checked.collect::<Result<Vec<BaseUrl>, _>>()?.into_iter();
    let first = bases.next().ok_or("url: the list is empty")?;
    let others: Vec<_> = bases.collect();
    if let Some(other) = others.iter().find(|other| other.path != first.path || other.tls != first.tls) {
        return Err(format!(
            "url: {first} and {other} differ in scheme or path; servers of one upstream are alike"
        ));
    }
    if !first.tls && (fields.ca.is_some() || fields.cert.is_some()) {
        return Err("ca, cert and key have no effect without https".to_owned());
    }
    Ok(NamedUpstream {
        name: name.to_owned(),
        first,
        others,
        options: options(&fields, beside)?,
        // A token leaves for another service only where somebody says so.
        proof: proof(&fields, TokenKind::None, beside)?,
    })
}

fn options(fields: &UpstreamFields, beside: &Beside<'_>) -> Result<UpstreamOptions, String> {
    let general = beside.upstream;
    if fields.http2 {
        return Err("http2 is not supported: upstreams are spoken to in HTTP/1.1, whose framing is guarded"
            .to_owned());
    }
    let identity = match (&fields.cert, &fields.key) {
        (None, None) => None,
        (Some(cert), Some(key)) => Some(Identity { cert: cert.clone(), key: key.clone() }),
        _ => return Err("cert and key belong together".to_owned()),
    };
    let duration = |name: &str, given: &Option<String>| {
        let parsed = given.as_deref().map(parse_duration).transpose();
        parsed.map_err(|err| format!("{name} {err}"))
    };
    let own = OwnDeadlines {
        timeout: duration("timeout", &fields.timeout)?,
        head: duration("head-timeout", &fields.head_timeout)?,
        idle: duration("idle-timeout", &fields.idle_timeout)?,
    };
    let mut deadlines = general.deadlines.with(&own);
    deadlines.connect = duration("connect-timeout", &fields.connect_timeout)?.unwrap_or(deadlines.connect);
    let connections = fields.connections.unwrap_or(general.connections);
    if !(1..=CONNECTIONS_MAX).contains(&connections) {
        return Err(format!("connections: {connections} is not a whole number from 1 to {CONNECTIONS_MAX}"));
    }
    let resilience = Resilience { retries: fields.retries, breaker: fields.breaker };
    Ok(UpstreamOptions {
        ca_file: fields.ca.clone().or_else(|| general.ca_file.clone()),
        identity,
        deadlines,
        connections,
        resilience,
        ..general.clone()
    })
}

fn proof(fields: &UpstreamFields, default: TokenKind, beside: &Beside<'_>) -> Result<Proof, String> {
    let grant = TokenScope { audience: fields.audience.clone(), scope: fields.scope.clone() };
    let token = match fields.token.unwrap_or(default) {
        TokenKind::Session => TokenPolicy::Session,
        TokenKind::None => TokenPolicy::None,
        TokenKind::ClientCredentials => TokenPolicy::ClientCredentials(grant.clone()),
        TokenKind::Exchange => TokenPolicy::Exchange(grant.clone()),
    };
    let is_asked_for = matches!(token, TokenPolicy::ClientCredentials(_) | TokenPolicy::Exchange(_));
    if is_asked_for && !beside.has_oidc {
        return Err("token: it is asked for at the OpenID provider; set BFF_OIDC_ISSUER".to_owned());
    }
    if !is_asked_for && grant != TokenScope::default() {
        return Err(
            "audience and scope have no effect without token = \"client-credentials\" or \"exchange\""
                .to_owned(),
        );
    }
    let fields = fields.headers.iter().map(|(name, given)| field(name, given, beside));
    Ok(Proof { token, fields: fields.collect::<Result<_, _>>()? })
}

/// A field of the upstream's own, its value out of the environment or a file.
///
/// A secret never stands in the table itself, which is committed and shared. One that does is not repeated.
fn field(name: &str, given: &toml::Value, beside: &Beside<'_>) -> Result<(HeaderName, HeaderValue), String> {
    let header = name.parse::<HeaderName>().map_err(|_| format!("headers: {name:?} is no header"))?;
    if is_hop_by_hop(header.as_str()) || MADE_HERE.contains(&header.as_str()) {
        return Err(format!("headers: {name} is made by the server itself"));
    }
    let only = given.as_table().filter(|table| table.len() == 1).and_then(|table| table.iter().next());
    let (value, from) = match only.and_then(|(kind, named)| Some((kind.as_str(), named.as_str()?))) {
        Some(("env", variable)) => {
            let value = (beside.variable)(variable);
            (value.ok_or_else(|| format!("headers: {name}: {variable} is not set"))?, variable.to_owned())
        }
        Some(("file", file)) => {
            let unreadable = |err| format!("headers: {name}: {file:?} cannot be read: {err}");
            (std::fs::read_to_string(file).map_err(unreadable)?, format!("{file:?}"))
        }
        _ => {
            return Err(format!(
                "headers: {name} is either {{ env = \"VARIABLE\" }} or {{ file = \"/path\" }}"
            ));
        }
    };
    let value = value.trim();
    if value.is_empty() {
        return Err(format!("headers: {name}: {from} is empty"));
    }
    // The value is a secret, and stays out of the message.
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| format!("headers: {name}: {from} holds bytes that cannot stand in a field"))?;
    value.set_sensitive(true);
    Ok((header, value))
}

#[cfg(test)]
mod tests;
