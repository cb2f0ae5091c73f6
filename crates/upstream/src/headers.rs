//! The header block that goes upstream, made of a browser's.
//!
//! Every field goes, except:
//!
//! - hop-by-hop fields and those that `Connection` names (RFC 9110 §7.6.1);
//! - fields between browser and BFF alone: cookies, `Origin`, `Referer`, `Sec-*`;
//! - claims about the client or about its real request: `Forwarded`, `X-Forwarded-*`, `X-Real-IP`, `X-User-*`, method
//!   and URL overrides. Only the BFF itself may make these claims;
//! - names with anything but letters, digits and dashes, which some servers read as dashes.

use http::{HeaderName, HeaderValue, header};
use url::Url;

use http_message::{
    Caller, HeaderBlock, TraceContext, field_value,
    fields::{X_FORWARDED_FOR, X_REQUEST_ID, is_withheld},
    trace_context::{TRACEPARENT, TRACESTATE},
};

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Fields that are added to a browser's: those above, `Via` and `traceparent`, and a token or a condition.
const FIELDS_ADDED: usize = 8;

/// The `Via` of the BFF (RFC 9110 §7.6.3).
const VIA: HeaderValue = HeaderValue::from_static("1.1 bff");

/// What the upstream is told of the browser's address for this server. It is the same for every request.
#[derive(Debug, Clone)]
pub struct ForwardedAs {
    proto: HeaderValue,
    host: Option<HeaderValue>,
}

impl ForwardedAs {
    /// The server that browsers call `public_url`.
    #[must_use]
    pub fn new(public_url: &Url) -> Self {
        let proto = if public_url.scheme() == "https" { "https" } else { "http" };
        let host = &public_url[url::Position::BeforeHost..url::Position::AfterPort];
        Self { proto: HeaderValue::from_static(proto), host: HeaderValue::from_str(host).ok() }
    }
}

/// The header block for the upstream, without `Host` and framing fields. `browser` comes without the fields that
/// `Connection` names. [`authorize`] adds a token, [`trace`] the span.
#[must_use]
pub fn for_upstream(
    browser: &HeaderBlock,
    caller: &Caller,
    forwarded_as: &ForwardedAs,
    request_id: &str,
    trace: TraceContext,
) -> HeaderBlock {
    let mut headers = HeaderBlock::with_capacity(browser.len() + FIELDS_ADDED);
    for (name, value) in browser {
        if !is_withheld(name) {
            headers.append(name, value.clone());
        }
    }
    if !trace.is_continued() {
        // The field belongs to a trace that could not be taken up.
        headers.remove(TRACESTATE);
    }
    headers.append(header::VIA, VIA);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.append(X_REQUEST_ID, id);
    }
    headers.append(X_FORWARDED_PROTO, forwarded_as.proto.clone());
    if let Some(host) = &forwarded_as.host {
        headers.append(X_FORWARDED_HOST, host.clone());
    }
    if let Some(address) = caller.address.and_then(|address| field_value(format_args!("{address}"))) {
        headers.append(X_FORWARDED_FOR, address);
    }
    headers
}

/// Puts a session's token into a header block, in the place of the client's own `Authorization`.
pub fn authorize(headers: &mut HeaderBlock, bearer: HeaderValue) {
    headers.insert(header::AUTHORIZATION, bearer);
}

/// Names a request's span in its `traceparent`.
pub fn trace(headers: &mut HeaderBlock, place: TraceContext) {
    if let Some(value) = place.value() {
        headers.insert(TRACEPARENT, value);
    }
}

/// Asks for a whole and uncompressed answer, so that its fields can be picked.
pub fn ask_for_plain(headers: &mut HeaderBlock) {
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.remove(header::RANGE);
    headers.remove(header::IF_RANGE);
}

#[cfg(test)]
mod tests;
