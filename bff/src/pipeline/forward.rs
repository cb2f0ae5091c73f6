//! To the upstream and back, without a cache: the request's fields and token, the answer's fields and content.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{StatusCode, header};
use url::Url;

use super::ask::Ask;
use crate::{
    cache::Cache,
    failure::Failure,
    message::{HeaderBlock, Reply, ReplyBody, RequestBody, TraceContext},
    replicas::{numbers::SharedNumbers, second_level::SecondLevel},
    response::{
        headers::{ResponseRules, is_page},
        transform,
    },
    route_table::ErrorPolicy,
    session::Current,
    sign_in::{credentials::bearer, refresh::Refresher},
    telemetry::{
        metrics::{self, class},
        spans::{self, Done},
    },
    upstream::{
        Client, Deadlines, UpstreamError, UpstreamRequest, UpstreamResponse,
        headers::{ask_for_plain, authorize, for_upstream, trace},
        repeatable::Repeatable,
    },
};

/// What may leave of an error's content wherever fields are selected: what went wrong, in words and in code.
const ERROR_MEMBERS: [&str; 6] = ["message", "error", "code", "title", "detail", "status"];

/// Answers that are kept for the moment in which new tokens are fetched, in bytes.
const REFUSAL_MAX: usize = 64 * 1024;

/// How long the upstream took, as far as it was asked.
pub(super) type Spent = Option<Duration>;

/// What is kept of answers, and who is told when it is outdated.
#[derive(Clone)]
pub struct Caching {
    /// One for all workers; `None`: nothing is kept.
    pub cache: Option<Arc<Cache>>,
    /// The numbers of all replicas, where there may be others: they have caches even where this one has none.
    pub numbers: Option<SharedNumbers>,
    /// Answers of all replicas.
    pub second_level: Option<SecondLevel>,
}

/// One worker's way to the upstream, with the cache of all of them in front.
pub struct Forward {
    pub(super) client: Rc<Client>,
    refresher: Refresher,
    pub(super) rules: ResponseRules,
    /// Largest answer whose fields are selected, in bytes.
    select_max: u64,
    pub(super) deadlines: Deadlines,
    public_url: Url,
    pub(super) cache: Option<Arc<Cache>>,
    pub(super) numbers: Option<SharedNumbers>,
    pub(super) second_level: Option<SecondLevel>,
}

impl Forward {
    /// The way through `client`. Answers over `select_max` bytes are not selected from.
    #[must_use]
    pub fn new(
        client: Rc<Client>,
        refresher: Refresher,
        rules: ResponseRules,
        select_max: u64,
        deadlines: Deadlines,
        public_url: Url,
        caching: Caching,
    ) -> Self {
        let Caching { cache, numbers, second_level } = caching;
        Self { client, refresher, rules, select_max, deadlines, public_url, cache, numbers, second_level }
    }

    /// The header block for the upstream, without a session's token.
    pub(super) fn headers(&self, ask: &Ask) -> HeaderBlock {
        let mut headers = for_upstream(&ask.headers, &ask.caller, &self.public_url, &ask.id, ask.trace);
        if ask.select().is_some() {
            ask_for_plain(&mut headers);
        }
        headers
    }

    /// Sends a request, in its session's name where it has one.
    pub(super) async fn send(
        &self,
        ask: &Ask,
        headers: HeaderBlock,
        body: RequestBody,
        spent: &mut Spent,
    ) -> Result<UpstreamResponse, Failure> {
        let request = UpstreamRequest {
            headers,
            method: ask.method.clone(),
            target: ask.target.clone(),
            body,
            deadline: ask.deadline,
        };
        match ask.session.clone() {
            None => self.attempt(request, ask.trace, spent).await,
            Some(session) => self.send_for(session, request, ask.trace, spent).await,
        }
    }

    async fn attempt(
        &self,
        mut request: UpstreamRequest,
        above: TraceContext,
        spent: &mut Spent,
    ) -> Result<UpstreamResponse, Failure> {
        let place = above.child();
        trace(&mut request.headers, place);
        let method = request.method.clone();
        let sent = Instant::now();
        let answer = self.client.send(request).await;
        let took = sent.elapsed();
        *spent = Some(spent.unwrap_or_default() + took);
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        spans::asked(&Done {
            place,
            method: &method,
            route: None,
            status: answer.as_ref().ok().map(|answer| answer.status),
            error: answer.as_ref().err().map(UpstreamError::kind),
            took,
        });
        match &answer {
            Ok(answer) => {
                metrics::upstream_answered(class(answer.status), took);
                tracing::debug!(status = answer.status.as_u16(), ms, "the upstream answered");
            }
            Err(err) => {
                metrics::upstream_answered(err.kind(), took);
                tracing::debug!(%err, ms, "the upstream did not answer");
            }
        }
        Ok(answer?)
    }

    /// Sends a request in a session's name: with its token, renewed before it ends, and once more where the upstream
    /// refuses it all the same.
    async fn send_for(
        &self,
        session: Current,
        request: UpstreamRequest,
        place: TraceContext,
        spent: &mut Spent,
    ) -> Result<UpstreamResponse, Failure> {
        let due = request.deadline.total();
        let session = self.refresher.before_use(session, due).await?;
        let mut request = Repeatable::keep(request).await?;
        let first = request.attempt(with_token(&session)?).ok_or(Failure::Renewed)?;
        let mut answer = self.attempt(first, place, spent).await?;
        if let Err(err) = self.refresher.sessions().touch(&session, SystemTime::now()).await {
            // The upstream has done what was asked. To say now that it failed would be to ask for it twice.
            tracing::debug!(error = %err, "the use of a session could not be written down");
        }
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        // Read now: until then it holds a place among the exchanges, and the refresh needs one.
        answer.body = ReplyBody::Full(answer.body.collect(REFUSAL_MAX).await.unwrap_or_default());
        let Some(renewed) = self.refresher.after_refusal(&session, due).await? else { return Ok(answer) };
        let second = request.attempt(with_token(&renewed)?).ok_or(Failure::Renewed)?;
        self.attempt(second, place, spent).await
    }

    /// What the browser gets of an answer.
    pub(super) async fn respond(&self, answer: UpstreamResponse, ask: &Ask) -> Result<Reply, Failure> {
        let UpstreamResponse { status, headers, body } = answer;
        let hidden = status.as_u16() >= 500 && ask.route.errors == ErrorPolicy::Problem;
        let page = status.is_client_error() && headers.get(header::CONTENT_TYPE).is_some_and(is_page);
        if hidden || page {
            return Err(Failure::UpstreamStatus(status));
        }
        let mut allowed = self.rules.for_browser(status, &headers, &ask.path)?;
        let body = match ask.select() {
            None => body,
            Some(fields) => {
                allowed.remove(header::ACCEPT_RANGES);
                self.select(status, &headers, body, fields).await?
            }
        };
        Ok(Reply { status, headers: allowed, body })
    }

    /// The selected fields of an answer, and of an error what went wrong as well. What they cannot be picked from does
    /// not leave, whatever its status.
    async fn select(
        &self,
        status: StatusCode,
        headers: &HeaderBlock,
        body: ReplyBody,
        fields: &[String],
    ) -> Result<ReplyBody, Failure> {
        match body {
            ReplyBody::Empty => return Ok(ReplyBody::Empty),
            ReplyBody::HeadOnly(_) => return Ok(ReplyBody::HeadOnly(None)),
            ReplyBody::Full(content) if content.is_empty() => return Ok(ReplyBody::Full(content)),
            _ if status.is_redirection() => return Ok(ReplyBody::Full(Bytes::new())),
            _ => {}
        }
        if status.is_success() {
            return self.pick(headers, body, fields).await;
        }
        let fields: Vec<String> = fields.iter().cloned().chain(ERROR_MEMBERS.map(str::to_owned)).collect();
        self.pick(headers, body, &fields).await.map_err(|_| Failure::UpstreamStatus(status))
    }

    async fn pick(
        &self,
        headers: &HeaderBlock,
        body: ReplyBody,
        fields: &[String],
    ) -> Result<ReplyBody, Failure> {
        if headers.contains_key(header::CONTENT_ENCODING) {
            return Err(
                UpstreamError::NotSelectable("it is compressed, though it was asked not to be").into()
            );
        }
        let max = usize::try_from(self.select_max).unwrap_or(usize::MAX);
        let content = body.collect(max).await.map_err(UpstreamError::from)?;
        let picked = transform::select(&content, fields).map_err(UpstreamError::NotSelectable)?;
        Ok(ReplyBody::Full(picked.into()))
    }
}

/// Puts a session's token into a header block.
fn with_token(session: &Current) -> Result<impl FnOnce(&mut HeaderBlock), Failure> {
    let field = bearer(&session.stored.session.tokens.access)?;
    Ok(move |headers: &mut HeaderBlock| authorize(headers, field))
}
