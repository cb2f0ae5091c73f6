//! Cross-origin headers: the service lets every origin in, with credentials.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::reply::Reply;

/// The headers that every answer past the rate limit carries.
pub(crate) fn headers(request: &HttpRequest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(origin) = request.headers().get(header::ORIGIN) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers
}

/// The answer to every `OPTIONS`, a preflight or not.
pub(crate) fn preflight(request: &HttpRequest) -> Reply {
    const METHODS: &str = "GET,HEAD,PUT,PATCH,POST,DELETE";
    let mut reply = Reply::empty(StatusCode::NO_CONTENT);
    reply.append(HeaderName::from_static("access-control-allow-methods"), METHODS);
    reply.append(header::VARY, "Access-Control-Request-Headers");
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    if let Some(asked) = asked.and_then(|value| value.to_str().ok()) {
        reply.append(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
    reply
}
