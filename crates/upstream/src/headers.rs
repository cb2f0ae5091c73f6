//! The header block that goes upstream, made of a browser's.
//!
//! The browser's fields that may go on come from [`http_message::request_fields`]. Claims about the client and its real
//! request are made here, and nowhere else: `X-Forwarded-*`, `Via`, the id and the trace.

use http::{HeaderName, HeaderValue, header};
use url::Url;

use http_message::{
    Caller, HeaderBlock, TraceContext, field_value,
    fields::{X_FORWARDED_FOR, X_REQUEST_ID},
    random,
    trace_context::{BAGGAGE, TRACEPARENT, TRACESTATE},
};

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// Fields that are added to a browser's: those above, `Via` and `traceparent`, and a token or a condition.
const FIELDS_ADDED: usize = 9;

/// What the upstream is told of this server, and of the browser's address for it. It is the same for every request.
#[derive(Debug, Clone)]
pub struct ForwardedAs {
    proto: HeaderValue,
    host: Option<HeaderValue>,
    prefix: Option<HeaderValue>,
    /// The name of this process in `Via` (RFC 9110 §7.6.3), at random: a BFF behind another one is no loop.
    via: HeaderValue,
}

impl ForwardedAs {
    /// The server that browsers call `public_url`, with the upstream's root at the path `prefix` there. Made once in a
    /// process, since it draws the name in `Via`.
    #[must_use]
    pub fn new(public_url: &Url, prefix: &str) -> Self {
        let proto = if public_url.scheme() == "https" { "https" } else { "http" };
        let host = &public_url[url::Position::BeforeHost..url::Position::AfterPort];
        let mut number = [0; 4];
        random::fill(&mut number);
        let via = field_value(format_args!("1.1 bff-{:08x}", u32::from_be_bytes(number)));
        Self {
            proto: HeaderValue::from_static(proto),
            host: HeaderValue::from_str(host).ok(),
            prefix: HeaderValue::from_str(prefix).ok(),
            via: via.unwrap_or(HeaderValue::from_static("1.1 bff")),
        }
    }

    /// The browser's path for the upstream's root.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.prefix.as_ref().and_then(|prefix| prefix.to_str().ok()).unwrap_or_default()
    }

    /// Whether a request has been through this process already.
    #[must_use]
    pub fn is_loop(&self, browser: &HeaderBlock) -> bool {
        let own = self.via.as_bytes();
        let mut hops =
            browser.get_all(header::VIA).flat_map(|via| via.as_bytes().split(|byte| *byte == b','));
        hops.any(|hop| hop.trim_ascii() == own)
    }
}

/// The header block for the upstream, without `Host` and framing fields: of the browser's fields those that `goes` on.
/// [`authorize`] adds a token, [`trace`] the span.
#[must_use]
pub fn for_upstream(
    browser: &HeaderBlock,
    goes: impl Fn(&HeaderName) -> bool,
    caller: &Caller,
    forwarded_as: &ForwardedAs,
    request_id: &str,
    trace: TraceContext,
) -> HeaderBlock {
    let mut headers = HeaderBlock::with_capacity(browser.len() + FIELDS_ADDED);
    for (name, value) in browser {
        if goes(name) {
            headers.append(name, value.clone());
        }
    }
    if !trace.is_continued() {
        // Both fields belong to a trace that was not taken up.
        headers.remove(TRACESTATE);
        headers.remove(BAGGAGE);
    }
    // Those before it stay (RFC 9110 §7.6.3): a loop may lead through other servers.
    headers.append(header::VIA, forwarded_as.via.clone());
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.append(X_REQUEST_ID, id);
    }
    headers.append(X_FORWARDED_PROTO, forwarded_as.proto.clone());
    if let Some(prefix) = &forwarded_as.prefix {
        headers.append(X_FORWARDED_PREFIX, prefix.clone());
    }
    if let Some(host) = &forwarded_as.host {
        headers.append(X_FORWARDED_HOST, host.clone());
    }
    if let Some(address) = caller.address.and_then(|address| field_value(format_args!("{address}"))) {
        headers.append(X_FORWARDED_FOR, address);
    }
    headers
}

/// Tells the upstream that its root is the path `below` the one that it would be told of.
pub fn mounted_below(headers: &mut HeaderBlock, forwarded_as: &ForwardedAs, below: &str) {
    if let Some(prefix) = field_value(format_args!("{}{below}", forwarded_as.prefix())) {
        headers.insert(X_FORWARDED_PREFIX, prefix);
    }
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
