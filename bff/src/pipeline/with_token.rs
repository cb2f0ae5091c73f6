//! Requests with a token: the session's, one in exchange for it, or the server's own. A token that the upstream refuses is
//! renewed once, and the request goes out again.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::{
    destination::Destination,
    origin::{Origin, Sending},
    timed::Timed,
};
use crate::{
    failure::Failure,
    guard::person,
    keys::Secret,
    route_table::Route,
    session::Current,
    sign_in::{ProviderError, credentials::bearer, upstream_token::UpstreamTokens},
};
use http_message::ReplyBody;
use upstream::{
    UpstreamError, UpstreamRequest, UpstreamResponse, error::Phase, headers::authorize,
    repeatable::Repeatable,
};

/// Largest refusal (401) that is kept while new tokens are fetched, in bytes.
const REFUSAL_MAX: usize = 64 * 1024;

/// An answer that may be a refusal of the token.
pub(super) trait Refusable: Sized {
    /// The answer, where it is a 401.
    fn refusal(&mut self) -> Option<&mut UpstreamResponse>;
}

impl Refusable for UpstreamResponse {
    fn refusal(&mut self) -> Option<&mut UpstreamResponse> {
        (self.status == StatusCode::UNAUTHORIZED).then_some(self)
    }
}

impl Origin {
    /// Sends a request with the token of its upstream.
    pub(super) async fn send_with_token(
        &self,
        session: Option<Current>,
        request: UpstreamRequest,
        sending: &Sending<'_>,
    ) -> Timed<UpstreamResponse> {
        let due = request.deadline.due();
        let mut request = match Repeatable::keep(request).await {
            Ok(request) => request,
            Err(err) => return Timed::at_once(Err(err.into())),
        };
        let send = async |token: Option<HeaderValue>| {
            let authorized = request.attempt(|headers| {
                if let Some(token) = token {
                    authorize(headers, token);
                }
            });
            match authorized {
                Some(request) => self.attempt(request, sending).await,
                None => Timed::at_once(Err(Failure::Renewed)),
            }
        };
        self.with_token(sending.route, session, due, send).await
    }

    /// Has `send` send a request on `route` with its upstream's token, and once more with a newer one where that is refused.
    pub(super) async fn with_token<T: Refusable>(
        &self,
        route: &Route,
        session: Option<Current>,
        due: Instant,
        mut send: impl AsyncFnMut(Option<HeaderValue>) -> Timed<T>,
    ) -> Timed<T> {
        let destination = self.destination(route);
        let prepared = async {
            // Whatever the upstream gets: a session whose tokens cannot be renewed has ended.
            let session = match session {
                Some(session) => Some(self.refresher().before_use(session, due).await?),
                None => None,
            };
            if route.require.is_some() {
                // It may have been renewed since the request was admitted.
                person::check(route, session.as_ref(), SystemTime::now())?;
            }
            let token = self.token(destination, session.as_ref(), None, due).await?;
            let field = token.as_ref().map(bearer).transpose()?;
            Ok((session, token, field))
        };
        let (session, token, field) = match prepared.await {
            Ok(prepared) => prepared,
            Err(failure) => return Timed::at_once(Err(failure)),
        };
        let Timed { result, upstream_time } = send(field).await;
        let mut answer = match result {
            Ok(answer) => answer,
            Err(failure) => return Timed { result: Err(failure), upstream_time },
        };
        if let Some(session) = &session {
            self.touch(session).await;
        }
        let before = Timed { result: Ok(()), upstream_time };
        let (Some(token), Some(refusal)) = (token, answer.refusal()) else { return before.with(Ok(answer)) };
        // The refusal is read now: until then it holds a place among the exchanges, and the renewal may need one.
        let content = std::mem::replace(&mut refusal.body, ReplyBody::Empty);
        let content = timeout_at(due, content.collect(REFUSAL_MAX)).await;
        refusal.body = ReplyBody::Full(content.unwrap_or_else(|_| Ok(Bytes::new())).unwrap_or_default());
        let newer = async {
            let newer = self.newer_token(route, session.as_ref(), &token, due).await?;
            Ok(newer.as_ref().map(bearer).transpose()?)
        };
        match newer.await {
            Err(failure) => before.with(Err(failure)),
            Ok(None) => before.with(Ok(answer)),
            Ok(newer) => before.then(send(newer).await),
        }
    }

    /// The token for an upstream; `None` where there is none, or where another one than the `refused` would not help.
    async fn token(
        &self,
        destination: &Destination,
        session: Option<&Current>,
        refused: Option<&Secret>,
        due: Instant,
    ) -> Result<Option<Secret>, Failure> {
        let provider = self.refresher().provider();
        match (&destination.tokens, session) {
            (UpstreamTokens::Session, Some(session)) => {
                Ok(Some(session.stored.session.tokens.access.clone()))
            }
            (UpstreamTokens::Own(own), _) => in_time(due, own.get(provider, refused)).await,
            (UpstreamTokens::Exchanged(exchanged), Some(session)) => {
                in_time(due, exchanged.get(provider, session, refused)).await
            }
            _ => Ok(None),
        }
    }

    /// Another token than the one that an upstream has refused, where there is one.
    async fn newer_token(
        &self,
        route: &Route,
        session: Option<&Current>,
        refused: &Secret,
        due: Instant,
    ) -> Result<Option<Secret>, Failure> {
        let destination = self.destination(route);
        match (&destination.tokens, session) {
            (UpstreamTokens::Session, Some(session)) => {
                let Some(renewed) = self.refresher().after_refusal(session, due).await? else {
                    return Ok(None);
                };
                // The provider may have said something else of the person with the new tokens.
                person::check(route, Some(&renewed), SystemTime::now())?;
                Ok(Some(renewed.stored.session.tokens.access.clone()))
            }
            _ => self.token(destination, session, Some(refused), due).await,
        }
    }

    /// Writes the use of a session down.
    async fn touch(&self, session: &Current) {
        if let Err(err) = self.refresher().sessions().touch(session, SystemTime::now()).await {
            // The upstream has done its work. An error now would make the client ask for it twice.
            tracing::debug!(error = %err, "the use of a session could not be written down");
        }
    }
}

/// A token from the provider, as long as the request may take.
async fn in_time(
    due: Instant,
    token: impl Future<Output = Result<Option<Secret>, ProviderError>>,
) -> Result<Option<Secret>, Failure> {
    let late = |_| UpstreamError::Timeout(Phase::Head);
    timeout_at(due, token).await.map_err(late)?.map_err(Failure::UpstreamToken)
}
