//! What the handlers of the session's addresses share: who asks, who vouches for people, and a problem for whatever
//! does not work out.

use std::{fmt, rc::Rc, time::SystemTime};

use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, dev::Payload, web};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use serde::de::DeserializeOwned;

use super::{
    arrival::{Arrival, FORM_MAX, content, is_of_type},
    reply,
};
use crate::{
    failure::Failure,
    guard::{Guard, login_limit::LoginGuard},
    session::{Client, Current},
    sign_in::provider::Provider,
    telemetry::security::Source,
};

/// Who vouches for people, and how often they may be asked. One a worker.
pub struct Reception {
    /// The upstream, or an OpenID provider.
    pub provider: Rc<Provider>,
    /// Counts attempts.
    pub limit: LoginGuard,
}

impl Reception {
    /// A reception in front of `provider`.
    #[must_use]
    pub fn new(provider: Rc<Provider>, limit: LoginGuard) -> Self {
        Self { provider, limit }
    }
}

/// Whoever asks at one of the session's addresses, after the guard has let the request through. A handler that takes
/// one cannot be reached from another site's page.
pub struct Visitor {
    /// The request's id.
    pub request_id: String,
    /// Browser and address.
    pub client: Client,
    /// The living session of the request.
    pub session: Option<Current>,
    /// Whether the request names a session, alive or not.
    pub claims_session: bool,
    /// The moment of asking.
    pub now: SystemTime,
}

impl Visitor {
    /// For the log.
    #[must_use]
    pub fn source(&self) -> Source<'_> {
        Source { request_id: &self.request_id, address: self.client.address }
    }

    /// The session, where there has to be one.
    ///
    /// # Errors
    /// [`Failure::Unauthenticated`].
    pub fn signed_in(&self) -> Result<&Current, Refusal> {
        self.session.as_ref().ok_or_else(|| self.refuse(Failure::Unauthenticated))
    }

    /// Turns a failure into the answer of this request, and tells the log what is a matter of security.
    #[must_use]
    pub fn refuse(&self, failure: impl Into<Failure>) -> Refusal {
        Refusal::new(failure.into(), self.source())
    }
}

impl FromRequest for Visitor {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let Arrival { request_id, client, headers, now } = Arrival::of(&request)?;
            let Some(guard) = request.app_data::<web::Data<Guard>>() else {
                let failure = Failure::Internal("no guard at the door".to_owned());
                return Err(Refusal::new(failure, Source { request_id: &request_id, address: None }));
            };
            let claims_session = guard.sessions.is_claimed(&headers);
            let mut visitor = Self { request_id, client, session: None, claims_session, now };
            // A grant to read the API is none to act here.
            match guard.judge(request.method(), &headers) {
                Ok(None) => {}
                Ok(Some(_)) => return Err(visitor.refuse(crate::guard::csrf::CrossSite::SaidByOrigin)),
                Err(err) => return Err(visitor.refuse(err)),
            }
            let found = guard.sessions.find(&headers, visitor.now).await;
            visitor.session = found.map_err(|err| visitor.refuse(err))?;
            Ok(visitor)
        }
        .boxed_local()
    }
}

/// A failure as the answer to one request.
pub struct Refusal {
    failure: Failure,
    request_id: String,
}

impl Refusal {
    /// Answers a request with `failure`, and tells the log what is a matter of security.
    #[must_use]
    pub fn new(failure: Failure, source: Source<'_>) -> Self {
        failure.log_refusal(source);
        let (status, _) = failure.status();
        if status.is_server_error() {
            tracing::warn!(request_id = source.request_id, error = %failure, "a session's address failed");
        }
        Self::untold(failure, source)
    }

    /// Answers a request with `failure`, of which the log hears nothing.
    #[must_use]
    pub fn untold(failure: Failure, source: Source<'_>) -> Self {
        Self { failure, request_id: source.request_id.to_owned() }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.failure, f)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure, f)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.failure.status().0
    }

    fn error_response(&self) -> HttpResponse {
        reply::refusal(&self.failure, &self.request_id)
    }
}

/// The JSON of a request. Only `application/json` counts as such: a browser asks before it sends that to another
/// site.
///
/// # Errors
/// [`Failure::Invalid`], [`Failure::Body`].
pub async fn json<T: DeserializeOwned>(request: &HttpRequest, payload: web::Payload) -> Result<T, Failure> {
    if !is_of_type(&reply::fields(request), "application/json") {
        return Err(Failure::Invalid("The content must be application/json."));
    }
    serde_json::from_slice(&content(payload, FORM_MAX).await?)
        .map_err(|_| Failure::Invalid("The content is not what is expected here."))
}
