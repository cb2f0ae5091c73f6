//! Every failure, and the one place where it becomes a status and a problem body.
//!
//! The browser reads a generic text; the cause stays in the log under the request id.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use shared::{Problem, ProblemCode, problem::PROBLEM_JSON};

use http_message::{BodyError, HeaderBlock, Reply, ReplyBody, ReplyError, field_value, path::AmbiguousPath};

use telemetry::{
    metrics::class,
    security::{self, EventSource, Refused},
};

use upstream::{UpstreamError, error::Phase};

use crate::{
    guard::{csrf::CrossSite, hosts::HostError, person::PersonError, session::SessionError},
    rate_limit::seconds,
    redis::StoreError,
    response::ResponseError,
    route_table::RouteError,
    session::{BeginError, cookie_store::CookieStoreError},
    sign_in::{ProviderError, refresh::RefreshError},
};

/// `Retry-After` in seconds for a server that is only full, or away for a moment.
const SOON: HeaderValue = HeaderValue::from_static("1");

/// Reasons why the BFF answers a request itself.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nothing is served at this address.
    #[error("nothing is served here")]
    NoSuchAddress,
    /// The path has more than one meaning.
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
    /// The framework cannot parse the request.
    #[error("the request does not parse")]
    Malformed,
    /// The request's head did not arrive within `BFF_CLIENT_TIMEOUT`.
    #[error("the head of the request did not arrive in time")]
    HeadTimeout,
    /// The dev server at this address is not there.
    #[error("the dev server at {0} cannot be reached")]
    DevServerAway(String),
    /// The request has been through this process already.
    #[error("the request has come back: the upstream leads to this server")]
    Loop,
    /// The route table does not allow the request.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The method is not GET or HEAD, on one of the app's own files.
    #[error("only GET and HEAD are allowed here")]
    ReadOnly,
    /// The file has no such part; it has this many bytes.
    #[error("the file has {0} bytes, and not the part that is asked for")]
    NoSuchPart(usize),
    /// The declared or received content is over its cap, or broke off before its end.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The upstream gave no usable answer.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The upstream's answer must not go out.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// The client accepts only a stored answer, and none is stored (RFC 9111 §5.2.1.7).
    #[error("no answer is stored, and no other is wanted")]
    NotCached,
    /// The request calls this server by a name that it does not have.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The request comes from another site.
    #[error("refused as cross-site: {0}")]
    CrossSite(#[from] CrossSite),
    /// The request needs a session, and has none that is alive.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// The person may not use the route.
    #[error(transparent)]
    Person(#[from] PersonError),
    /// Name or password is wrong; the answer does not say which.
    #[error("name or password is wrong")]
    WrongCredentials,
    /// The sign-in at the OpenID provider failed.
    #[error("sign-in at the provider: {0}")]
    SignIn(#[source] ProviderError),
    /// The provider gives no token for the upstream.
    #[error("no token for the upstream: {0}")]
    UpstreamToken(#[source] ProviderError),
    /// The new session does not fit into its cookie.
    #[error("no sign-in: {0}")]
    SessionTooLarge(CookieStoreError),
    /// This way of signing in is not available.
    #[error("no sign-in: {0}")]
    NoSignIn(&'static str),
    /// The batch has more items than `BFF_BATCH_MAX`.
    #[error("too many items in a batch")]
    BatchTooLarge,
    /// The caller sent too many requests; the duration is the wait until the next one.
    #[error("too many requests")]
    RateLimited(Duration),
    /// The caller has as many exchanges under way as `BFF_CALLER_EXCHANGES` lets it.
    #[error("the caller has too many exchanges under way")]
    CallerBusy,
    /// The request cannot be understood; the text is a sentence for the browser.
    #[error("{0}")]
    Invalid(&'static str),
    /// The session can be neither looked up nor renewed at the moment.
    #[error("the session is unavailable: {0}")]
    SessionUnavailable(String),
    /// The token was renewed because of this request, but the request's content has been used up.
    #[error("the token was renewed, and the content cannot be sent again")]
    Renewed,
    /// A probe found that the upstream cannot be asked.
    #[error("not ready: {0}")]
    NotReady(Arc<Failure>),
    /// The server drains, or is about to.
    #[error("not ready: the server is draining")]
    Leaving,
    /// The operating system failed.
    #[error("internal: {0}")]
    Internal(String),
    /// The upstream answered with an error whose body must not go out; the fields do.
    #[error("the upstream answered {0}")]
    UpstreamStatus(StatusCode, HeaderBlock),
}

impl Failure {
    /// The HTTP status and the problem code.
    #[must_use]
    pub fn status(&self) -> (StatusCode, ProblemCode) {
        use ProblemCode as Code;
        match self {
            Self::NoSuchAddress | Self::Route(RouteError::NotFound) => {
                (StatusCode::NOT_FOUND, Code::ApiNotFound)
            }
            Self::Path(_)
            | Self::NotOriginForm
            | Self::Route(RouteError::EncodedSlash | RouteError::OtherSpelling) => {
                (StatusCode::BAD_REQUEST, Code::AmbiguousPath)
            }
            Self::Host(HostError::Unknown(_)) => (StatusCode::MISDIRECTED_REQUEST, Code::WrongHost),
            Self::Host(_) => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
            Self::NoSuchPart(_) => (StatusCode::RANGE_NOT_SATISFIABLE, Code::InvalidRequest),
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, Code::InvalidRequest),
            Self::HeadersTooLarge => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, Code::InvalidRequest),
            Self::Route(RouteError::MethodNotAllowed { .. }) | Self::ReadOnly => {
                (StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed)
            }
            Self::Route(RouteError::NoWebsocket) => (StatusCode::BAD_REQUEST, Code::WebsocketNotAllowed),
            Self::HeadTimeout => (StatusCode::REQUEST_TIMEOUT, Code::ClientTimeout),
            Self::DevServerAway(_) => (StatusCode::BAD_GATEWAY, Code::UpstreamUnreachable),
            Self::Loop => (StatusCode::LOOP_DETECTED, Code::LoopDetected),
            Self::Body(err) => of_body(*err),
            Self::Upstream(err) => of_upstream(err),
            Self::Response(_) => (StatusCode::BAD_GATEWAY, Code::UpstreamInvalid),
            Self::CrossSite(_) => (StatusCode::FORBIDDEN, Code::CrossSite),
            Self::Unauthenticated | Self::WrongCredentials => {
                (StatusCode::UNAUTHORIZED, Code::Unauthenticated)
            }
            Self::Person(PersonError::StepUpRequired(_)) => (StatusCode::UNAUTHORIZED, Code::StepUpRequired),
            Self::SignIn(ProviderError::Refused(_)) => (StatusCode::UNAUTHORIZED, Code::Unauthenticated),
            Self::SignIn(ProviderError::NotAdmitted { .. }) => (StatusCode::FORBIDDEN, Code::Forbidden),
            Self::SignIn(ProviderError::Unavailable(err))
            | Self::UpstreamToken(ProviderError::Unavailable(err)) => of_upstream(err),
            Self::SignIn(ProviderError::Unusable(_)) | Self::UpstreamToken(_) => {
                (StatusCode::BAD_GATEWAY, Code::UpstreamInvalid)
            }
            Self::SessionTooLarge(_) => (StatusCode::BAD_GATEWAY, Code::UpstreamInvalid),
            Self::NoSignIn(_) | Self::Person(PersonError::NoSuchClaim(_)) => {
                (StatusCode::FORBIDDEN, Code::Forbidden)
            }
            Self::RateLimited(_) | Self::CallerBusy => (StatusCode::TOO_MANY_REQUESTS, Code::RateLimited),
            Self::Malformed | Self::Invalid(_) => (StatusCode::BAD_REQUEST, Code::InvalidRequest),
            Self::SessionUnavailable(_) | Self::Renewed => {
                (StatusCode::SERVICE_UNAVAILABLE, Code::UpstreamOverloaded)
            }
            // The code says why.
            Self::NotReady(failure) => (StatusCode::SERVICE_UNAVAILABLE, failure.status().1),
            Self::Leaving => (StatusCode::SERVICE_UNAVAILABLE, Code::Busy),
            Self::BatchTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, Code::BatchTooLarge),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, Code::Internal),
            Self::UpstreamStatus(status, _) => (*status, of_status(*status)),
            Self::NotCached => (StatusCode::GATEWAY_TIMEOUT, Code::UpstreamTimeout),
        }
    }

    /// Whether the failure is the upstream's own answer, of which only the body is withheld.
    #[must_use]
    pub fn is_the_upstreams(&self) -> bool {
        matches!(self, Self::UpstreamStatus(..))
    }

    /// One sentence for the browser: it says what happened, never where or why.
    #[must_use]
    pub fn detail(&self) -> String {
        let sentence = match self {
            Self::NoSuchAddress | Self::Route(RouteError::NotFound) => "There is nothing at this address.",
            Self::Path(err) => return format!("The path is ambiguous: {err}."),
            Self::Route(RouteError::EncodedSlash) => "The path is ambiguous: it contains an encoded slash.",
            Self::Route(RouteError::OtherSpelling) => {
                "The path is ambiguous: written in its usual way it is another one."
            }
            Self::Route(RouteError::NoWebsocket) => "No WebSocket can be opened at this address.",
            Self::NotOriginForm => "The request target must be a path.",
            Self::Host(HostError::Unknown(_)) => "This server does not answer to that name.",
            Self::Host(_) => "The request must name its host, once.",
            Self::NoSuchPart(_) => "The file does not have this part.",
            Self::UriTooLong => "The address is too long.",
            Self::HeadersTooLarge => "The header fields are too large.",
            Self::Malformed => "The request does not follow the rules of HTTP.",
            Self::HeadTimeout => "The request did not arrive in time.",
            Self::DevServerAway(address) => {
                return format!(
                    "The dev server at {address} cannot be reached; start it, and load this page again."
                );
            }
            Self::Loop => "The service behind this one leads back to here.",
            Self::Route(RouteError::MethodNotAllowed { .. }) | Self::ReadOnly => {
                "This address does not take this method."
            }
            Self::Body(BodyError::TooLarge) => "The request body is too large.",
            Self::Body(BodyError::Stalled) => "The request body did not arrive in time.",
            Self::Body(BodyError::Incomplete) => "The request body is incomplete.",
            Self::Upstream(UpstreamError::RequestBody(err)) => return Self::Body(*err).detail(),
            Self::Upstream(UpstreamError::Unreachable(_)) => "The service behind this one cannot be reached.",
            Self::Upstream(UpstreamError::Timeout(_) | UpstreamError::Content(ReplyError::TimedOut)) => {
                "The service behind this one did not answer in time."
            }
            Self::Upstream(UpstreamError::Overloaded) => "The service behind this one is overloaded.",
            Self::Upstream(UpstreamError::Resting(_)) => {
                "The service behind this one fails, and is left alone for a moment."
            }
            Self::Upstream(UpstreamError::NoPlace | UpstreamError::Content(ReplyError::NoRoom)) => {
                "There is too much under way here at the moment."
            }
            Self::CallerBusy => "Too many of your requests are under way already.",
            Self::Upstream(_) | Self::Response(_) => "The service behind this one gave an unusable answer.",
            Self::CrossSite(_) => "This request does not come from a page of this site.",
            Self::Unauthenticated => "Sign in to do this.",
            Self::Person(PersonError::NoSuchClaim(_)) => "Your account may not do this.",
            Self::Person(PersonError::StepUpRequired(_)) => "Confirm that it is you to do this.",
            Self::WrongCredentials => "The name or the password is wrong.",
            Self::SignIn(ProviderError::Refused(_)) => {
                "Access was denied, or what came back from the sign-in could not be accepted."
            }
            Self::SignIn(ProviderError::NotAdmitted { .. }) => {
                "You are signed in there, but your account may not be used here."
            }
            Self::SignIn(_) => "The place where people sign in does not answer as it should at the moment.",
            Self::UpstreamToken(_) => {
                "The service behind this one cannot be asked in your name at the moment."
            }
            Self::SessionTooLarge(_) => {
                "What this sign-in brings along is too large for the cookie that sessions are kept in here."
            }
            Self::NoSignIn(sentence) | Self::Invalid(sentence) => sentence,
            Self::RateLimited(_) => "That was too often. Please wait a moment.",
            Self::SessionUnavailable(_) => "Your session cannot be looked up at the moment.",
            Self::Renewed => "Your session was renewed while this was being sent. Please send it again.",
            Self::NotReady(failure) => return failure.detail(),
            Self::Leaving => "This server is draining: it stops soon.",
            Self::BatchTooLarge => "There are too many requests in this batch.",
            Self::Internal(_) => "Something went wrong here.",
            Self::NotCached => "No answer to this is stored.",
            Self::UpstreamStatus(status, _) => {
                return format!("The service behind this one answered with an error ({}).", status.as_u16());
            }
        };
        sentence.to_owned()
    }

    /// The problem body for the browser.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        let (status, code) = self.status();
        let mut problem = Problem::new(code, status.as_u16(), &self.detail(), request_id);
        if let Self::Person(PersonError::StepUpRequired(step_up)) = self {
            problem.acr_values = (!step_up.acr.is_empty()).then(|| step_up.acr.clone());
            problem.max_age = step_up.max_age.map(|age| age.as_secs());
        }
        problem
    }

    /// The outcome label of this failure in metrics. Where only the upstream's body is withheld, the upstream's
    /// status counts.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        let (status, code) = self.status();
        if self.is_the_upstreams() { class(status) } else { code.as_str() }
    }

    /// Logs a refusal that is a security event.
    pub fn log_refusal(&self, source: EventSource<'_>) {
        let what = match self {
            Self::CrossSite(_) => Refused::Origin,
            Self::Host(_) => Refused::Host,
            Self::Path(_)
            | Self::NotOriginForm
            | Self::Route(RouteError::EncodedSlash | RouteError::OtherSpelling) => Refused::Path,
            Self::RateLimited(_) | Self::CallerBusy => Refused::RateLimit,
            _ => return,
        };
        security::refused(what, &self.to_string(), source);
    }

    /// The reply that carries the problem body.
    #[must_use]
    pub fn to_reply(&self, request_id: &str) -> Reply {
        let (status, _) = self.status();
        let problem = self.problem(request_id);
        let mut headers = match self {
            Self::UpstreamStatus(_, fields) => fields.clone(),
            _ => HeaderBlock::new(),
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if let Some(allow) = self.allow() {
            headers.insert(header::ALLOW, allow);
        }
        if let Self::NoSuchPart(length) = self
            && let Some(range) = field_value(format_args!("bytes */{length}"))
        {
            headers.insert(header::CONTENT_RANGE, range);
        }
        if let Some(challenge) = self.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, wait);
        }
        // A problem is plain data: serializing it cannot fail, and an empty body would still have its status.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        Reply { status, headers, body: ReplyBody::Full(Bytes::from(body)) }
    }

    /// The `Retry-After` value: the wait before the next attempt, where it is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<HeaderValue> {
        match self {
            Self::Upstream(
                UpstreamError::NoPlace
                | UpstreamError::Overloaded
                | UpstreamError::Content(ReplyError::NoRoom),
            )
            | Self::CallerBusy
            | Self::SessionUnavailable(_)
            | Self::Renewed => Some(SOON),
            Self::RateLimited(wait) | Self::Upstream(UpstreamError::Resting(wait)) => {
                Some(HeaderValue::from(seconds(*wait).max(1)))
            }
            _ => None,
        }
    }

    /// The `WWW-Authenticate` value that asks for another sign-in (RFC 9470 §3). No value has a quote to escape.
    fn challenge(&self) -> Option<HeaderValue> {
        let Self::Person(PersonError::StepUpRequired(step_up)) = self else { return None };
        let mut challenge = "Bearer error=\"insufficient_user_authentication\", \
                             error_description=\"A fresher or a stronger sign-in is required\""
            .to_owned();
        if !step_up.acr.is_empty() {
            challenge.push_str(&format!(", acr_values=\"{}\"", step_up.acr.join(" ")));
        }
        if let Some(age) = step_up.max_age {
            challenge.push_str(&format!(", max_age=\"{}\"", age.as_secs()));
        }
        HeaderValue::from_str(&challenge).ok()
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
            err @ ProviderError::NotAdmitted { .. } => Self::SignIn(err),
            ProviderError::Unusable(reason) => Self::Upstream(UpstreamError::Failed(reason)),
        }
    }
}

fn of_body(err: BodyError) -> (StatusCode, ProblemCode) {
    match err {
        BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::BodyTooLarge),
        BodyError::Stalled => (StatusCode::REQUEST_TIMEOUT, ProblemCode::ClientTimeout),
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
        UpstreamError::NoPlace | UpstreamError::Content(ReplyError::NoRoom) => {
            (StatusCode::SERVICE_UNAVAILABLE, ProblemCode::Busy)
        }
        UpstreamError::Overloaded | UpstreamError::Resting(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, ProblemCode::UpstreamOverloaded)
        }
        UpstreamError::Wire(_)
        | UpstreamError::Failed(_)
        | UpstreamError::Unread
        | UpstreamError::Content(ReplyError::TooLarge | ReplyError::Broken(_)) => {
            (StatusCode::BAD_GATEWAY, ProblemCode::UpstreamInvalid)
        }
    }
}

/// The problem code for an upstream's own status, where its body is replaced.
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
        508 => ProblemCode::LoopDetected,
        500 => ProblemCode::Internal,
        _ => ProblemCode::UpstreamInvalid,
    }
}
