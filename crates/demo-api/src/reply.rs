//! An answer before it is on the wire, and what is done to it there: ETag, 304, compression, keep-alive.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt as _};
use serde::Serialize;

use crate::error::ApiError;
use crate::{compression, conditional};

/// How long an idle connection is kept, and what `Keep-Alive` says about it.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_secs(5);

pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(crate) const PROBLEM_JSON: &str = "application/problem+json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const EVENT_STREAM: &str = "text/event-stream";
const TEXT: &str = "text/plain; charset=utf-8";

const NOT_FOUND_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <title>404 - Not Found</title>\n</head>\n<body>\n<h1>Not Found</h1>\n\
    <p>There is nothing here. The todos are at <a href=\"/todos\">/todos</a>.</p>\n</body>\n</html>\n";

/// A status, a body and the headers that belong to them.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    content_type: Option<&'static str>,
    body: Bytes,
    headers: HeaderMap,
    stream: Option<EventStream>,
    /// Whether the body is the resource itself, so that changes can be made to depend on its tag.
    is_resource: bool,
}

/// Content that goes on for as long as it is read.
struct EventStream(Pin<Box<dyn Stream<Item = Bytes>>>);

impl fmt::Debug for EventStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EventStream")
    }
}

impl Reply {
    /// A status without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            content_type: None,
            body: Bytes::new(),
            headers: HeaderMap::new(),
            stream: None,
            is_resource: false,
        }
    }

    fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: Some(content_type),
            body: body.into(),
            headers: HeaderMap::new(),
            stream: None,
            is_resource: false,
        }
    }

    /// 200 with `value` as compact JSON.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, ApiError> {
        Self::json_as(StatusCode::OK, JSON, value)
    }

    /// `value` as compact JSON under another status or media type.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub(crate) fn json_as(
        status: StatusCode,
        content_type: &'static str,
        value: &impl Serialize,
    ) -> Result<Self, ApiError> {
        Ok(Self::with_body(status, content_type, serde_json::to_vec(value)?))
    }

    /// `{"message":"…"}` with the error's status and words.
    pub(crate) fn error(err: &ApiError) -> Self {
        #[derive(Serialize)]
        struct Message {
            message: String,
        }
        let message = Message { message: err.to_string() };
        Self::json_as(err.status(), JSON, &message).unwrap_or_else(|_| Self::empty(err.status()))
    }

    /// The page for routes that do not exist.
    pub(crate) fn not_found() -> Self {
        Self::with_body(StatusCode::NOT_FOUND, HTML, NOT_FOUND_PAGE)
    }

    /// 301 to `location`, a path with its query.
    pub(crate) fn moved(location: &str) -> Self {
        let text = format!("Moved Permanently. Redirecting to {location}");
        let mut reply = Self::with_body(StatusCode::MOVED_PERMANENTLY, TEXT, text);
        if let Ok(value) = HeaderValue::from_str(location) {
            reply.headers.insert(header::LOCATION, value);
        }
        reply
    }

    /// 200 with server-sent events, as long as they go on.
    pub(crate) fn events(stream: impl Stream<Item = Bytes> + 'static) -> Self {
        let mut reply = Self::with_body(StatusCode::OK, EVENT_STREAM, Bytes::new());
        reply.append(header::CACHE_CONTROL, "no-store");
        reply.stream = Some(EventStream(Box::pin(stream)));
        reply
    }

    /// The same with a strong tag. It goes out as it is: a compressed form would need a tag of its own (RFC 9110, 8.8.3.3).
    pub(crate) fn tagged_strongly(self) -> Self {
        Self { is_resource: true, ..self }
    }

    /// Adds a header and keeps those of the same name. A value that is no header value is left out.
    pub(crate) fn append(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
    }

    /// Adds all of `headers`.
    pub(crate) fn extend(&mut self, headers: HeaderMap) {
        for (name, value) in headers {
            self.headers.append(name, value);
        }
    }

    /// The answer to `request` as it goes out.
    pub(crate) fn into_response(mut self, request: &HttpRequest) -> HttpResponse {
        let fields = request.headers();
        let readable = matches!(*request.method(), Method::GET | Method::HEAD);
        if matches!(self.content_type, Some(JSON | PROBLEM_JSON)) {
            let tag = if self.is_resource { conditional::strong_etag } else { conditional::etag };
            let etag = tag(&self.body);
            if readable && self.status.is_success() && conditional::is_unchanged(fields, &etag) {
                self.status = StatusCode::NOT_MODIFIED;
            }
            self.append(header::ETAG, &etag);
        }
        if self.content_type.is_some() {
            self.append(header::VARY, "Accept-Encoding");
        }
        if matches!(
            self.status,
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
        ) {
            self.content_type = None;
            self.body = Bytes::new();
        }
        // A HEAD answer states the length of the plain body, as the service's compressor leaves it alone.
        if request.method() != Method::HEAD
            && !self.is_resource
            && let Some((coding, packed)) = compression::compress(fields, &self.body)
        {
            self.append(header::CONTENT_ENCODING, coding);
            self.body = packed;
        }
        self.build(request)
    }

    fn build(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for header in self.headers {
            response.append_header(header);
        }
        if let Some(content_type) = self.content_type {
            response.content_type(content_type);
        }
        if request.head().connection_type() == ConnectionType::KeepAlive {
            response.append_header(("Keep-Alive", format!("timeout={}", KEEP_ALIVE.as_secs())));
        }
        match self.stream.filter(|_| request.method() != Method::HEAD) {
            Some(EventStream(stream)) => response.streaming(stream.map(Ok::<_, Infallible>)),
            None => response.body(self.body),
        }
    }
}
