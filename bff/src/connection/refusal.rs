//! The problem that stands in for a refusal of the framework.

use std::{
    fmt::Write as _,
    net::IpAddr,
    rc::Rc,
    time::{Duration, SystemTime},
};

use http::{HeaderName, HeaderValue, header};

use http_message::{Reply, ReplyBody, TraceContext, fields::X_REQUEST_ID};

use telemetry::{
    Access, Served, metrics,
    security::{self, EventSource, Refused},
};

use crate::{
    failure::Failure,
    response::security_headers::{HSTS, SECURITY_HEADERS},
};

use super::request_id::new_id;

/// The method and the path in the line of a request that has none.
const UNKNOWN: &str = "-";

/// The client of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// The peer's address. What a proxy says of a client stands in a head, and none has been read.
    pub address: Option<IpAddr>,
    /// Whether browsers use https, for the fields of a refusal.
    pub https: bool,
}

/// The failure that the framework means by `status`.
pub(super) fn failure(status: &[u8]) -> Failure {
    match status {
        b"400" => Failure::Malformed,
        b"408" => Failure::HeadTimeout,
        b"431" => Failure::HeadersTooLarge,
        other => Failure::Internal(format!("the framework answered {}", String::from_utf8_lossy(other))),
    }
}

/// Records a refusal `took` after the request's first byte, and returns its answer. The request of that id has an access
/// line of its own; any other gets one here.
pub(super) fn record(failure: &Failure, id: Option<Rc<str>>, took: Duration, client: Client) -> Vec<u8> {
    metrics::ended(None, failure.outcome(), took);
    let (is_known, id) = (id.is_some(), id.unwrap_or_else(new_id));
    let reply = failure.to_reply(&id);
    if matches!(failure, Failure::Malformed | Failure::HeadersTooLarge) {
        let source = EventSource { request_id: &id, address: client.address };
        security::refused(Refused::Syntax, &failure.to_string(), source);
    }
    if is_known {
        tracing::info!(request_id = &*id, error = %failure, "refused before its answer");
    } else {
        let trace = TraceContext::begin();
        let status = reply.status.as_u16();
        Access {
            served: Served::Api,
            request_id: &id,
            trace,
            method: UNKNOWN,
            path: UNKNOWN,
            route: None,
            user: None,
            address: client.address,
            status,
            bytes: content_length(&reply),
        }
        .write(took, Some(&failure.to_string()));
    }
    bytes(reply, &id, client.https)
}

fn content_length(reply: &Reply) -> u64 {
    if let ReplyBody::Full(content) = &reply.body { content.len() as u64 } else { 0 }
}

/// A reply as the last answer of a connection (RFC 9112 §9.6).
fn bytes(reply: Reply, id: &str, https: bool) -> Vec<u8> {
    let Reply { status, mut headers, body } = reply;
    let content = match body {
        ReplyBody::Full(content) => content,
        _ => bytes::Bytes::new(),
    };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(content.len()));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let strict = https.then_some((header::STRICT_TRANSPORT_SECURITY, HSTS));
    for (name, value) in SECURITY_HEADERS.into_iter().chain(strict) {
        headers.insert(name, value);
    }
    let mut head = format!("HTTP/1.1 {status}\r\n");
    let mut add = |name: &HeaderName, value: &str| {
        // Writing to a string cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    };
    add(&header::DATE, &httpdate::fmt_http_date(SystemTime::now()));
    add(&X_REQUEST_ID, id);
    for (name, value) in &headers {
        add(name, value.to_str().unwrap_or_default());
    }
    head += "\r\n";
    [head.as_bytes(), &content].concat()
}
