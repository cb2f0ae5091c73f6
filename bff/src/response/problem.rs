//! Every failure, and the one place where it becomes a status and a problem body.
//!
//! What the browser reads is generic; the cause stays in the log, found by the request id.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use shared::{Problem, ProblemCode, problem::PROBLEM_JSON};

use super::{Reply, ReplyBody};
use crate::{
    exchange::BodyError,
    route_table::RouteError,
    upstream::{UpstreamError, error::Phase, path::AmbiguousPath},
};

/// Seconds after which a client of an overloaded upstream may come back.
const OVERLOAD_RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Why the BFF answers a request itself.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nothing is served at this address.
    #[error("nothing is served here")]
    NoSuchAddress,
    /// The path could mean two things.
    #[error("the path is ambiguous: {0}")]
    Path(#[from] AmbiguousPath),
    /// The request target is not a path (RFC 9112 §3.2).
    #[error("the request target is not in origin form")]
    NotOriginForm,
    /// The path and query are over `BFF_MAX_URI`.
    #[error("the request target is over the cap")]
    UriTooLong,
    /// The header block is over `BFF_MAX_HEADERS`.
    #[error("the header block is over the cap")]
    HeadersTooLarge,
    /// The route table says no.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// Something other than GET or HEAD on the app's own files.
    #[error("only GET and HEAD are allowed here")]
    ReadOnly,
    /// The declared length, or the content itself, is over `BFF_MAX_BODY`; or it never came to its end.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// No usable answer from the upstream.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The upstream answered with an error whose body must not go out.
    #[error("the upstream answered {0}")]
    UpstreamStatus(StatusCode),
}

impl Failure {
    /// Status and code.
    #[must_use]
    pub fn status(&self) -> (StatusCode, ProblemCode) {
        use ProblemCode as Code;
        match self {
            Self::NoSuchAddress | Self::Route(RouteError::NotFound) => {
                (StatusCode::NOT_FOUND, Code::ApiNotFound)
            }
            Self::Path(_) | Self::NotOriginForm | Self::Route(RouteError::EncodedSlash) => {
                (StatusCode::BAD_REQUEST, Code::AmbiguousPath)
            }
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, Code::InvalidRequest),
            Self::HeadersTooLarge => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, Code::InvalidRequest),
            Self::Route(RouteError::MethodNotAllowed { .. }) | Self::ReadOnly => {
                (StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed)
            }
            Self::Body(err) => of_body(*err),
            Self::Upstream(err) => of_upstream(err),
            Self::UpstreamStatus(status) => (*status, of_status(*status)),
        }
    }

    /// One sentence for the browser: what happened, never where or why.
    fn detail(&self) -> String {
        let sentence = match self {
            Self::NoSuchAddress | Self::Route(RouteError::NotFound) => "There is nothing at this address.",
            Self::Path(err) => return format!("The path is ambiguous: {err}."),
            Self::Route(RouteError::EncodedSlash) => "The path is ambiguous: it contains an encoded slash.",
            Self::NotOriginForm => "The request target must be a path.",
            Self::UriTooLong => "The address is too long.",
            Self::HeadersTooLarge => "The header fields are too large.",
            Self::Route(RouteError::MethodNotAllowed { .. }) | Self::ReadOnly => {
                "This address does not take this method."
            }
            Self::Body(BodyError::TooLarge) => "The request body is too large.",
            Self::Body(BodyError::Deadline) => {
                "The service behind this one did not take the request in time."
            }
            Self::Body(BodyError::Stalled) => "The request body did not arrive in time.",
            Self::Body(BodyError::Incomplete) => "The request body is incomplete.",
            Self::Upstream(UpstreamError::RequestBody(err)) => return Self::Body(*err).detail(),
            Self::Upstream(UpstreamError::Unreachable(_)) => "The service behind this one cannot be reached.",
            Self::Upstream(UpstreamError::Timeout(_)) => {
                "The service behind this one did not answer in time."
            }
            Self::Upstream(UpstreamError::Overloaded) => "The service behind this one is overloaded.",
            Self::Upstream(_) => "The service behind this one gave an unusable answer.",
            Self::UpstreamStatus(status) => {
                return format!("The service behind this one answered with an error ({}).", status.as_u16());
            }
        };
        sentence.to_owned()
    }

    /// The reply that tells the browser.
    #[must_use]
    pub fn reply(self, request_id: &str) -> Reply {
        let (status, code) = self.status();
        let problem = Problem::new(code, status.as_u16(), &self.detail(), request_id);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(allow) = self.allow() {
            headers.insert(header::ALLOW, allow);
        }
        if matches!(self, Self::Upstream(UpstreamError::Overloaded)) {
            headers.insert(header::RETRY_AFTER, OVERLOAD_RETRY_AFTER);
        }
        // A problem is plain data: serializing it cannot fail, and an empty body would still have its status.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        Reply { status, headers, body: ReplyBody::Full(Bytes::from(body)), failure: Some(self) }
    }

    fn allow(&self) -> Option<HeaderValue> {
        match self {
            Self::ReadOnly => Some(HeaderValue::from_static("GET, HEAD")),
            Self::Route(RouteError::MethodNotAllowed { allowed }) => {
                let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
                HeaderValue::from_str(&names.join(", ")).ok()
            }
            _ => None,
        }
    }
}

fn of_body(err: BodyError) -> (StatusCode, ProblemCode) {
    match err {
        BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::BodyTooLarge),
        BodyError::Stalled => (StatusCode::REQUEST_TIMEOUT, ProblemCode::InvalidRequest),
        BodyError::Deadline => (StatusCode::GATEWAY_TIMEOUT, ProblemCode::UpstreamTimeout),
        BodyError::Incomplete => (StatusCode::BAD_REQUEST, ProblemCode::InvalidRequest),
    }
}

fn of_upstream(err: &UpstreamError) -> (StatusCode, ProblemCode) {
    match err {
        UpstreamError::RequestBody(err) => of_body(*err),
        UpstreamError::Unreachable(_) => (StatusCode::BAD_GATEWAY, ProblemCode::UpstreamUnreachable),
        UpstreamError::Timeout(Phase::Connect | Phase::Request | Phase::Head | Phase::Body) => {
            (StatusCode::GATEWAY_TIMEOUT, ProblemCode::UpstreamTimeout)
        }
        UpstreamError::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, ProblemCode::UpstreamOverloaded),
        UpstreamError::Wire(_)
        | UpstreamError::Failed(_)
        | UpstreamError::TooLarge
        | UpstreamError::NotSelectable(_)
        | UpstreamError::ForeignRedirect => (StatusCode::BAD_GATEWAY, ProblemCode::UpstreamInvalid),
    }
}

/// The code for an upstream's own status, where its body is replaced.
fn of_status(status: StatusCode) -> ProblemCode {
    match status.as_u16() {
        401 => ProblemCode::Unauthenticated,
        403 => ProblemCode::Forbidden,
        404 | 410 => ProblemCode::ApiNotFound,
        405 => ProblemCode::MethodNotAllowed,
        413 => ProblemCode::BodyTooLarge,
        429 => ProblemCode::RateLimited,
        400..=499 => ProblemCode::InvalidRequest,
        503 => ProblemCode::UpstreamOverloaded,
        504 => ProblemCode::UpstreamTimeout,
        500 => ProblemCode::Internal,
        _ => ProblemCode::UpstreamInvalid,
    }
}
