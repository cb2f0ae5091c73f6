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
    Caller, HeaderBlock, TraceContext,
    fields::is_withheld,
    trace_context::{TRACEPARENT, TRACESTATE},
};

/// The `Via` of the BFF (RFC 9110 §7.6.3).
const VIA: HeaderValue = HeaderValue::from_static("1.1 bff");

/// The header block for the upstream, without `Host` and framing fields. `browser` comes without the fields that
/// `Connection` names. [`authorize`] adds a token, [`trace`] the span.
#[must_use]
pub fn for_upstream(
    browser: &HeaderBlock,
    caller: &Caller,
    public_url: &Url,
    request_id: &str,
    trace: TraceContext,
) -> HeaderBlock {
    let mut headers = HeaderBlock::with_capacity(browser.len() + 5);
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
    set(&mut headers, "x-request-id", request_id);
    set(&mut headers, "x-forwarded-proto", public_url.scheme());
    set(&mut headers, "x-forwarded-host", &public_url[url::Position::BeforeHost..url::Position::AfterPort]);
    if let Some(address) = caller.address {
        set(&mut headers, "x-forwarded-for", &address.to_string());
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

fn set(headers: &mut HeaderBlock, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests;
