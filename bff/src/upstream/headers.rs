//! What of a browser's header block goes upstream.
//!
//! Everything goes, except:
//!
//! - hop-by-hop fields and those that `Connection` names (RFC 9110 §7.6.1);
//! - what belongs to the browser and the BFF alone: cookies, `Origin`, `Referer`, `Sec-*`;
//! - what claims to say who the client is or what it really asked for: `Forwarded`, `X-Forwarded-*`,
//!   `X-Real-IP`, `X-User-*`, method and URL overrides. The BFF says these itself, or nobody does;
//! - names with anything but letters, digits and dashes, which some servers read as dashes.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use crate::{
    exchange::Caller,
    telemetry::trace::{TRACEPARENT, TRACESTATE, TraceContext},
};

/// Fields that are meant for one connection only.
pub(crate) const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields that a browser may send and the upstream must not see.
const WITHHELD: [&str; 26] = [
    // Framing and routing are the BFF's own.
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "max-forwards",
    // Between browser and BFF.
    "cookie",
    "cookie2",
    "origin",
    "referer",
    "upgrade-insecure-requests",
    "via",
    "traceparent",
    "x-csrf",
    "x-request-id",
    // Claims about the client.
    "cf-connecting-ip",
    "client-ip",
    "forwarded",
    "remote-user",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-real-ip",
    // Claims about the request.
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-rewrite-url",
];

/// Families of such fields.
const WITHHELD_PREFIXES: [&str; 8] =
    ["sec-", "x-auth-request-", "x-envoy-", "x-forwarded", "x-original-", "x-remote-", "x-ssl-", "x-user"];

/// Names the BFF on the way (RFC 9110 §7.6.3).
const VIA: HeaderValue = HeaderValue::from_static("1.1 bff");

/// Takes out what `Connection` declares to be for this connection only: neither the cache nor the upstream goes by it.
pub fn leave_out_named(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> =
        connection_options(headers).iter().filter_map(|name| name.parse().ok()).collect();
    for name in named {
        headers.remove(name);
    }
}

/// The header block for the upstream, without `Host` and framing, made of one that [`leave_out_named`] has seen. A token is attached by [`authorize`], the place in the
/// trace by [`trace`].
#[must_use]
pub fn for_upstream(
    browser: &HeaderMap,
    caller: &Caller,
    public_url: &Url,
    request_id: &str,
    trace: TraceContext,
) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(browser.len() + 5);
    for (name, value) in browser {
        if !is_withheld(name) {
            headers.append(name, value.clone());
        }
    }
    if !trace.is_continued() {
        // It belongs to a trace that could not be taken up.
        headers.remove(TRACESTATE);
    }
    headers.append(header::VIA, VIA);
    set(&mut headers, "x-request-id", request_id);
    set(&mut headers, "x-forwarded-proto", public_url.scheme());
    set(&mut headers, "x-forwarded-host", &public_url[url::Position::BeforeHost..url::Position::AfterPort]);
    if let Some(address) = caller.address {
        set(&mut headers, "x-forwarded-for", &address.to_string());
    }
    headers
}

/// Makes a header block go in a session's name: its own token takes the place of whatever the client put there.
pub fn authorize(headers: &mut HeaderMap, bearer: HeaderValue) {
    headers.insert(header::AUTHORIZATION, bearer);
}

/// Says where in a trace a request goes.
pub fn trace(headers: &mut HeaderMap, place: TraceContext) {
    if let Some(value) = place.value() {
        headers.insert(TRACEPARENT, value);
    }
}

/// Makes an answer come whole and uncompressed, so that its fields can be picked.
pub fn ask_for_plain(headers: &mut HeaderMap) {
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.remove(header::RANGE);
    headers.remove(header::IF_RANGE);
}

/// The fields that `Connection` declares to be for this connection only.
pub(crate) fn connection_options(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(header::CONNECTION).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).collect()
}

/// Whether a browser's field never goes upstream. A name that `Connection` lists does not either.
pub(crate) fn is_withheld(name: &HeaderName) -> bool {
    let name = name.as_str();
    HOP_BY_HOP.contains(&name)
        || WITHHELD.contains(&name)
        || WITHHELD_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether the BFF writes a field itself, for each request anew.
pub(crate) fn is_added(name: &HeaderName) -> bool {
    let name = name.as_str();
    matches!(name, "via" | "x-request-id" | "traceparent" | "tracestate") || name.starts_with("x-forwarded")
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests;
