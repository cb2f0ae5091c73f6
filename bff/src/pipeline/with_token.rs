//! Requests that carry a token: the session's, one in exchange for it, or the server's own. A token that the upstream
//! refuses is renewed once, and the request goes out again.

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::{
    origin::{Origin, Sending},
    timed::Timed,
};
use crate::{
    failure::Failure,
    keys::Secret,
    session::Current,
    sign_in::{
        ProviderError,
        credentials::bearer,
        upstream_token::{OwnToken, UpstreamTokens},
    },
};
use http_message::{HeaderBlock, ReplyBody};
use upstream::{
    UpstreamError, UpstreamRequest, UpstreamResponse, error::Phase, headers::authorize,
    repeatable::Repeatable,
};

/// Largest refusal (401) that is kept while new tokens are fetched, in bytes.
const REFUSAL_MAX: usize = 64 * 1024;

/// Whether a refused request goes out again.
enum Renewal {
    /// There is no newer token: the refusal is the answer.
    None(UpstreamResponse),
    Again(UpstreamRequest),
}

impl Origin {
    /// Sends a request in a session's name, with a token that is renewed before it ends. If the upstream refuses the
    /// token all the same, the request goes out once more.
    pub(super) async fn send_for(
        &self,
        session: Current,
        request: UpstreamRequest,
        sending: &Sending<'_>,
    ) -> Timed<UpstreamResponse> {
        if matches!(sending.destination.tokens, UpstreamTokens::None) {
            let answered = self.attempt(request, sending).await;
            if answered.result.is_ok() {
                self.touch(&session).await;
            }
            return answered;
        }
        let due = request.deadline.due();
        let prepared = async {
            let session = self.refresher.before_use(session, due).await?;
            let token = self.token_for(&session, None, due, sending).await?;
            let mut request = Repeatable::keep(request).await?;
            let first = request.attempt(with_token(token.as_ref())?).ok_or(Failure::Renewed)?;
            Ok((session, token, request, first))
        };
        let (session, token, mut request, first) = match prepared.await {
            Ok(prepared) => prepared,
            Err(failure) => return Timed::at_once(Err(failure)),
        };
        let answered = self.attempt(first, sending).await;
        if answered.result.is_ok() {
            self.touch(&session).await;
        }
        let renew = async || {
            let renewed = match &sending.destination.tokens {
                UpstreamTokens::Exchanged(_) => session.clone(),
                _ => match self.refresher.after_refusal(&session, due).await? {
                    Some(renewed) => renewed,
                    None => return Ok(None),
                },
            };
            self.token_for(&renewed, token.as_ref(), due, sending).await
        };
        self.again_if_refused(answered, &mut request, due, sending, renew).await
    }

    /// Sends a request with a token of the server's own.
    pub(super) async fn send_as_server(
        &self,
        own: &OwnToken,
        session: Option<Current>,
        request: UpstreamRequest,
        sending: &Sending<'_>,
    ) -> Timed<UpstreamResponse> {
        let due = request.deadline.due();
        let provider = self.refresher.provider();
        let prepared = async {
            let token = in_time(due, own.get(provider, None)).await?;
            let mut request = Repeatable::keep(request).await?;
            let first = request.attempt(with_token(token.as_ref())?).ok_or(Failure::Renewed)?;
            Ok((token, request, first))
        };
        let (token, mut request, first) = match prepared.await {
            Ok(prepared) => prepared,
            Err(failure) => return Timed::at_once(Err(failure)),
        };
        let answered = self.attempt(first, sending).await;
        if let Some(session) = session.filter(|_| answered.result.is_ok()) {
            self.touch(&session).await;
        }
        let renew = async || in_time(due, own.get(provider, token.as_ref())).await;
        self.again_if_refused(answered, &mut request, due, sending, renew).await
    }

    /// The token of a session for the upstream; `None` where another one than the `refused` would not help.
    async fn token_for(
        &self,
        session: &Current,
        refused: Option<&Secret>,
        due: Instant,
        sending: &Sending<'_>,
    ) -> Result<Option<Secret>, Failure> {
        match &sending.destination.tokens {
            UpstreamTokens::Exchanged(exchanged) => {
                in_time(due, exchanged.get(self.refresher.provider(), session, refused)).await
            }
            _ => Ok(Some(session.stored.session.tokens.access.clone())),
        }
    }

    /// Writes the use of a session down.
    async fn touch(&self, session: &Current) {
        if let Err(err) = self.refresher.sessions().touch(session, SystemTime::now()).await {
            // The upstream has done its work. An error now would make the client ask for it twice.
            tracing::debug!(error = %err, "the use of a session could not be written down");
        }
    }

    /// Sends a request that was refused with 401 again with a newer token, where `renew` brings one.
    async fn again_if_refused(
        &self,
        answered: Timed<UpstreamResponse>,
        request: &mut Repeatable,
        due: Instant,
        sending: &Sending<'_>,
        renew: impl AsyncFnOnce() -> Result<Option<Secret>, Failure>,
    ) -> Timed<UpstreamResponse> {
        match &answered.result {
            Ok(answer) if answer.status == StatusCode::UNAUTHORIZED => {}
            _ => return answered,
        }
        let Timed { result, upstream_time } = answered;
        let renewed = async {
            let mut answer = result?;
            // The refusal is read now: until then it holds a place among the exchanges, and the renewal may need one.
            let refusal = timeout_at(due, answer.body.collect(REFUSAL_MAX)).await;
            answer.body = ReplyBody::Full(refusal.unwrap_or_else(|_| Ok(Bytes::new())).unwrap_or_default());
            let Some(token) = renew().await? else { return Ok(Renewal::None(answer)) };
            Ok(Renewal::Again(request.attempt(with_token(Some(&token))?).ok_or(Failure::Renewed)?))
        };
        let before = Timed { result: Ok(()), upstream_time };
        match renewed.await {
            Err(failure) => before.with(Err(failure)),
            Ok(Renewal::None(answer)) => before.with(Ok(answer)),
            Ok(Renewal::Again(second)) => before.then(self.attempt(second, sending).await),
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

/// Puts a token into a header block.
fn with_token(token: Option<&Secret>) -> Result<impl FnOnce(&mut HeaderBlock) + use<>, Failure> {
    let field: Option<HeaderValue> = token.map(bearer).transpose()?;
    Ok(move |headers: &mut HeaderBlock| {
        if let Some(field) = field {
            authorize(headers, field);
        }
    })
}
