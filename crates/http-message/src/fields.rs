//! Lists of fields by their role: for one connection only, never for the upstream, written by the BFF itself, for caches alone.

use http::{HeaderName, HeaderValue, header};

use super::header_block::HeaderBlock;

/// The field with the id under which the log knows a request, on answers and on requests to the upstream.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The field in which proxies list the clients before them.
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whether a field is meant for one connection only.
#[must_use]
pub fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Whether the upstream must never see a field, which browsers may send.
fn is_never_forwarded(name: &str) -> bool {
    matches!(
        name,
        // Framing and routing are the BFF's own.
        "content-length"
            | "expect"
            | "host"
            | "http2-settings"
            | "max-forwards"
            // Between browser and BFF.
            | "cookie"
            | "cookie2"
            | "referer"
            | "upgrade-insecure-requests"
            | "traceparent"
            | "x-csrf"
            | "x-request-id"
            // Claims about the client.
            | "cf-connecting-ip"
            | "client-ip"
            | "forwarded"
            | "remote-user"
            | "true-client-ip"
            | "x-client-ip"
            | "x-cluster-client-ip"
            | "x-real-ip"
            // Claims about the request.
            | "x-http-method"
            | "x-http-method-override"
            | "x-method-override"
            | "x-rewrite-url"
    )
}

/// Beginnings of further fields that the upstream must never see; those that begin with `Sec-` are others.
const WITHHELD_PREFIXES: [&str; 7] =
    ["x-auth-request-", "x-envoy-", "x-forwarded", "x-original-", "x-remote-", "x-ssl-", "x-user"];

/// Whether a name begins as those of further fields do that the upstream must never see.
fn begins_withheld(name: &str) -> bool {
    name.starts_with("sec-")
        || (name.starts_with("x-") && WITHHELD_PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}

/// Takes out the fields that `Connection` names for this connection only. Neither the cache nor the upstream goes by
/// them.
pub fn leave_out_named(headers: &mut HeaderBlock) {
    // Every browser sends this one, and the field of its name is withheld in any case.
    let names_fields = |option: &&str| *option != "keep-alive";
    let named = connection_options(headers);
    let named: Vec<HeaderName> =
        named.into_iter().filter(names_fields).filter_map(|name| name.parse().ok()).collect();
    for name in named {
        headers.remove(name);
    }
}

/// The fields that `Connection` declares to be for this connection only.
pub fn connection_options(headers: &HeaderBlock) -> Vec<&str> {
    let values = headers.get_all(header::CONNECTION).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).collect()
}

/// Whether the lists in `values` have this member, in any case.
pub fn lists<'a>(mut values: impl Iterator<Item = &'a HeaderValue>, member: &str) -> bool {
    let is_it = |one: &[u8]| one.trim_ascii().eq_ignore_ascii_case(member.as_bytes());
    values.any(|value| value.as_bytes().split(|byte| *byte == b',').any(is_it))
}

/// The one field of its prefix that the upstream sees: a person's wish (Global Privacy Control).
const SEC_GPC: &str = "sec-gpc";

/// Whether a browser's field never goes upstream, whatever an operator says. A name that `Connection` lists does not either.
#[must_use]
pub fn is_withheld(name: &HeaderName) -> bool {
    let name = name.as_str();
    is_hop_by_hop(name)
        || is_never_forwarded(name)
        || (begins_withheld(name) && name != SEC_GPC)
        || !is_plain(name)
}

/// Whether a name has letters, digits and dashes alone. Servers that make variables of names take others for a dash.
pub(super) fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether the BFF writes a field itself, for each request anew.
#[must_use]
pub fn is_added(name: &HeaderName) -> bool {
    let name = name.as_str();
    matches!(name, "via" | "x-request-id" | "traceparent" | "tracestate") || name.starts_with("x-forwarded")
}

/// Whether a field is for caches alone. Caches that know it go by it before `Cache-Control` (RFC 9213 §2.2;
/// `Edge-Control` is Akamai's, `X-Accel-Expires` nginx's).
#[must_use]
pub fn is_aimed_at_caches(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.ends_with("-cache-control")
        || matches!(name, "edge-control" | "surrogate-control" | "x-accel-expires")
}
