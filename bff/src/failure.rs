//! Every failure, and the one place where it becomes a status and a problem body.
//!
//! What the browser reads is generic; the cause stays in the log, found by the request id.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use shared::{Problem, ProblemCode, problem::PROBLEM_JSON};

use http_message::{BodyError, HeaderBlock, Reply, ReplyBody, ReplyError, path::AmbiguousPath};

use telemetry::{
    metrics::class,
    security::{self, Refused, Source},
};

use upstream::{UpstreamError, error::Phase};

use crate::{
    guard::{csrf::CrossSite, session::SessionError},
    rate_limit::seconds,
    redis::StoreError,
    route_table::RouteError,
    session::{BeginError, cookie_store::CookieStoreError},
    sign_in::{ProviderError, refresh::RefreshError},
};

/// Seconds after which a client may come back to what is only full, or away for a moment.
const SOON: HeaderValue = HeaderValue::from_static("1");

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
    /// Another request asked the same at the same time, and got no answer.
    #[error("{0} (for all who asked)")]
    Collapsed(Arc<Failure>),
    /// The client wants a stored answer or none, and none is stored (RFC 9111 §5.2.1.7).
    #[error("no answer is stored, and no other is wanted")]
    NotCached,
    /// It comes from another site.
    #[error("refused as cross-site: {0}")]
    CrossSite(#[from] CrossSite),
    /// Nobody is signed in, and somebody has to be.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// Name or password is wrong; which of them is nobody's business.
    #[error("name or password is wrong")]
    WrongCredentials,
    /// The sign-in at the OpenID provider came to nothing.
    #[error("sign-in at the provider: {0}")]
    SignIn(#[source] ProviderError),
    /// What signing in brings does not fit into the cookie that is to hold it.
    #[error("no sign-in: {0}")]
    SessionTooLarge(CookieStoreError),
    /// Signing in is not possible in this way.
    #[error("no sign-in: {0}")]
    NoSignIn(&'static str),
    /// More items than `BFF_BATCH_MAX`.
    #[error("too many items in a batch")]
    BatchTooLarge,
    /// Too many requests; the next may come after that long.
    #[error("too many requests")]
    RateLimited(Duration),
    /// The request cannot be understood; a sentence for the browser.
    #[error("{0}")]
    Invalid(&'static str),
    /// The session can be neither looked up nor renewed at the moment.
    #[error("the session is unavailable: {0}")]
    SessionUnavailable(String),
    /// The token was renewed because of this request, whose content has been spent.
    #[error("the token was renewed, and the content cannot be sent again")]
    Renewed,
    /// The operating system let us down.
    #[error("internal: {0}")]
    Internal(String),
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
            Self::CrossSite(_) => (StatusCode::FORBIDDEN, Code::CrossSite),
            Self::Unauthenticated | Self::WrongCredentials => {
                (StatusCode::UNAUTHORIZED, Code::Unauthenticated)
            }
            Self::SignIn(ProviderError::Refused(_)) => (StatusCode::UNAUTHORIZED, Code::Unauthenticated),
            Self::SignIn(ProviderError::Unavailable(err)) => of_upstream(err),
            Self::SignIn(ProviderError::Unusable(_)) => (StatusCode::BAD_GATEWAY, Code::UpstreamInvalid),
            Self::SessionTooLarge(_) => (StatusCode::BAD_GATEWAY, Code::UpstreamInvalid),
            Self::NoSignIn(_) => (StatusCode::FORBIDDEN, Code::Forbidden),
            Self::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, Code::RateLimited),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
            Self::SessionUnavailable(_) | Self::Renewed => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::UpstreamOverloaded)
            }
            Self::BatchTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Code::BatchTooLarge),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal),
            Self::UpstreamStatus(status) => (*status, of_status(*status)),
            Self::NotCached => (StatusCode::GATEWAY_TIMEOUT, Code::UpstreamTimeout),
            Self::Collapsed(failure) => failure.status(),
        }
    }

    /// Whether the upstream has answered, and only its words are not passed on.
    #[must_use]
    pub fn is_the_upstreams(&self) -> bool {
        match self {
            Self::UpstreamStatus(_) => true,
            Self::Collapsed(failure) => failure.is_the_upstreams(),
            _ => false,
        }
    }

    /// One sentence for the browser: what happened, never where or why.
    #[must_use]
    pub fn detail(&self) -> String {
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
            Self::Upstream(UpstreamError::Timeout(_) | UpstreamError::Content(ReplyError::TimedOut)) => {
                "The service behind this one did not answer in time."
            }
            Self::Upstream(UpstreamError::Overloaded) => "The service behind this one is overloaded.",
            Self::Upstream(_) => "The service behind this one gave an unusable answer.",
            Self::CrossSite(_) => "This request does not come from a page of this site.",
            Self::Unauthenticated => "Sign in to do this.",
            Self::WrongCredentials => "The name or the password is wrong.",
            Self::SignIn(ProviderError::Refused(_)) => {
                "Access was denied, or what came back from the sign-in could not be accepted."
            }
            Self::SignIn(_) => "The place where people sign in does not answer as it should at the moment.",
            Self::SessionTooLarge(_) => {
                "What this sign-in brings along is too large for the cookie that sessions are kept in here."
            }
            Self::NoSignIn(sentence) | Self::Invalid(sentence) => sentence,
            Self::RateLimited(_) => "That was too often. Please wait a moment.",
            Self::SessionUnavailable(_) => "Your session cannot be looked up at the moment.",
            Self::Renewed => "Your session was renewed while this was being sent. Please send it again.",
            Self::BatchTooLarge => "There are too many requests in this batch.",
            Self::Internal(_) => "Something went wrong here.",
            Self::NotCached => "No answer to this is stored.",
            Self::Collapsed(failure) => return failure.detail(),
            Self::UpstreamStatus(status) => {
                return format!("The service behind this one answered with an error ({}).", status.as_u16());
            }
        };
        sentence.to_owned()
    }

    /// What the browser is told.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        let (status, code) = self.status();
        Problem::new(code, status.as_u16(), &self.detail(), request_id)
    }

    /// The outcome of a request that ends in this failure, as metrics name it. Where only the words of the upstream are
    /// hidden, its status counts.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        let (status, code) = self.status();
        if self.is_the_upstreams() { class(status) } else { code.as_str() }
    }

    /// Logs a refusal that is a security event.
    pub fn log_refusal(&self, source: Source<'_>) {
        let what = match self {
            Self::CrossSite(_) => Refused::Origin,
            Self::Path(_) | Self::NotOriginForm | Self::Route(RouteError::EncodedSlash) => Refused::Path,
            Self::RateLimited(_) => Refused::RateLimit,
            _ => return,
        };
        security::refused(what, &self.to_string(), source);
    }

    /// The reply that tells the browser.
    #[must_use]
    pub fn to_reply(&self, request_id: &str) -> Reply {
        let (status, _) = self.status();
        let problem = self.problem(request_id);
        let mut headers = HeaderBlock::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(allow) = self.allow() {
            headers.insert(header::ALLOW, allow);
        }
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, wait);
        }
        // A problem is plain data: serializing it cannot fail, and an empty body would still have its status.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        Reply { status, headers, body: ReplyBody::Full(Bytes::from(body)) }
    }

    /// How long to wait before the next attempt, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<HeaderValue> {
        match self {
            Self::Upstream(UpstreamError::Overloaded) | Self::SessionUnavailable(_) | Self::Renewed => {
                Some(SOON)
            }
            Self::Collapsed(failure) => failure.retry_after(),
            Self::RateLimited(wait) => Some(HeaderValue::from(seconds(*wait).max(1))),
            _ => None,
        }
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

impl From<StoreError> for Failure {
    fn from(err: StoreError) -> Self {
        Self::SessionUnavailable(err.to_string())
    }
}

impl From<SessionError> for Failure {
    fn from(err: SessionError) -> Self {
        match err {
            SessionError::Unauthenticated => Self::Unauthenticated,
            SessionError::Store(err) => err.into(),
        }
    }
}

impl From<RefreshError> for Failure {
    fn from(err: RefreshError) -> Self {
        match err {
            RefreshError::Ended => Self::Unauthenticated,
            RefreshError::Deadline(err) => Self::Upstream(err),
            RefreshError::Unavailable(_) | RefreshError::Store(_) => {
                Self::SessionUnavailable(err.to_string())
            }
        }
    }
}

impl From<BeginError> for Failure {
    fn from(err: BeginError) -> Self {
        match err {
            BeginError::Insecure => Self::NoSignIn("Signing in here needs https."),
            BeginError::Store(err) => err.into(),
            BeginError::Cookie(err @ CookieStoreError::TooLarge { .. }) => Self::SessionTooLarge(err),
            BeginError::Cookie(err @ CookieStoreError::Seal) => Self::Internal(err.to_string()),
            BeginError::Random(err) => Self::Internal(err.to_string()),
        }
    }
}

impl From<ProviderError> for Failure {
    fn from(err: ProviderError) -> Self {
        match err {
            ProviderError::Refused(_) => Self::WrongCredentials,
            ProviderError::Unavailable(err) => Self::Upstream(err),
            ProviderError::Unusable(reason) => Self::Upstream(UpstreamError::Failed(reason)),
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
        UpstreamError::Timeout(Phase::Connect | Phase::Request | Phase::Head | Phase::Body)
        | UpstreamError::Content(ReplyError::TimedOut) => {
            (StatusCode::GATEWAY_TIMEOUT, ProblemCode::UpstreamTimeout)
        }
        UpstreamError::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, ProblemCode::UpstreamOverloaded),
        UpstreamError::Wire(_)
        | UpstreamError::Failed(_)
        | UpstreamError::Content(ReplyError::TooLarge | ReplyError::Broken(_))
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
