//! The origin: sends a request upstream with its fields and token, and maps the answer's fields and content.

use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use super::{
    admitted::{Admitted, Caller},
    destination::{Destination, Destinations},
    request_fields::RequestFields,
    select::Selector,
    timed::Timed,
};
use crate::{
    failure::Failure,
    response::headers::{ResponseRules, is_of_all_content, is_page},
    route_table::{ErrorPolicy, Rewrite, Route},
    sign_in::{refresh::Refresher, upstream_token::UpstreamTokens},
};
use http_message::{HeaderBlock, Reply, RequestBody, TraceContext, budget::Budget, shares::Circles};
use telemetry::{
    metrics::{self, class},
    spans::{self, Done},
};
use upstream::{
    Client, Deadlines, UpstreamError, UpstreamRequest, UpstreamResponse,
    headers::{ForwardedAs, ask_for_plain, for_upstream, mounted_below, trace},
};

/// Asks for content in no coding.
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// Is told the status and the fields of an answer before its content has come.
pub(super) type AtHead<'a> = &'a dyn Fn(StatusCode, &HeaderBlock);

/// What all attempts of one request share.
pub(super) struct Sending<'a> {
    /// The one whose exchanges are counted together.
    caller: Circles<Caller<'a>>,
    /// The span of the request.
    above: TraceContext,
    pub(super) route: &'a Route,
    at_head: AtHead<'a>,
}

/// The parts of an [`Origin`].
pub struct OriginParts {
    /// The upstreams.
    pub destinations: Destinations,
    /// What renews the tokens of sessions.
    pub refresher: Refresher,
    /// Bytes of the largest answer from which fields are selected.
    pub select_max: u64,
    /// The bytes that the process may hold whole.
    pub budget: Budget,
    /// What the upstream is told of this server.
    pub forwarded_as: ForwardedAs,
    /// The browsers' fields that the upstream sees.
    pub request_fields: RequestFields,
}

/// One worker's way to the upstream.
pub struct Origin {
    destinations: Destinations,
    refresher: Refresher,
    selector: Selector,
    forwarded_as: ForwardedAs,
    request_fields: RequestFields,
}

impl Origin {
    /// The way that consists of these parts.
    #[must_use]
    pub fn new(parts: OriginParts) -> Self {
        let OriginParts { destinations, refresher, select_max, budget, forwarded_as, request_fields } = parts;
        let selector = Selector::new(select_max, budget);
        Self { destinations, refresher, selector, forwarded_as, request_fields }
    }

    /// The upstream at `API_URL`.
    pub(super) const fn default(&self) -> &Destination {
        &self.destinations.default
    }

    /// The upstream of a route.
    pub(super) fn destination(&self, route: &Route) -> &Destination {
        self.destinations.of(route)
    }

    /// The time limits of a request on `route`.
    pub(super) fn deadlines(&self, route: &Route) -> Deadlines {
        self.destination(route).deadlines.with(&route.deadlines)
    }

    /// What the upstream is told of this server.
    pub(super) const fn forwarded_as(&self) -> &ForwardedAs {
        &self.forwarded_as
    }

    /// What renews the tokens of sessions.
    pub(super) const fn refresher(&self) -> &Refresher {
        &self.refresher
    }

    /// The browsers' fields that the upstream sees.
    pub(super) const fn request_fields(&self) -> &RequestFields {
        &self.request_fields
    }

    /// Asks the upstream, and returns the answer as the browser gets it.
    pub(super) async fn fetch(&self, admitted: &Admitted, body: RequestBody) -> Timed<Reply> {
        let Timed { result, upstream_time } =
            self.send(admitted, self.headers(admitted), body, &|_, _| ()).await;
        let result = match result {
            Ok(answer) => self.respond(answer, admitted).await.map(|(reply, _)| reply),
            Err(failure) => Err(failure),
        };
        Timed { result, upstream_time }
    }

    /// The header block for the upstream, without a session's token.
    pub(super) fn headers(&self, admitted: &Admitted) -> HeaderBlock {
        self.headers_that(admitted, |_| true)
    }

    /// The same for an answer that may be kept for others: of the browser's fields those in the key alone.
    pub(super) fn headers_in_key(&self, admitted: &Admitted) -> HeaderBlock {
        let mut headers = self.headers_that(admitted, |name| {
            let goes = admitted.is_in_key(name) || *name == header::VIA;
            if !goes {
                self.request_fields.tell_not_in_key(name, &admitted.route);
            }
            goes
        });
        // Without the field an upstream may choose any coding.
        headers.insert(header::ACCEPT_ENCODING, IDENTITY);
        headers
    }

    /// The browser's path for the upstream's root.
    pub(super) fn mount(&self) -> &str {
        self.forwarded_as.prefix()
    }

    fn headers_that(&self, admitted: &Admitted, goes: impl Fn(&HeaderName) -> bool) -> HeaderBlock {
        let context = &admitted.context;
        let forwarded_as = &self.forwarded_as;
        let mut headers =
            for_upstream(&admitted.headers, goes, &context.caller, forwarded_as, &context.id, context.trace);
        if let Some(suffix) = admitted.tag_suffix() {
            ask_for_plain(&mut headers);
            suffix.take_off_request(&admitted.method, &mut headers);
        }
        if let Some(prefix) = admitted.route.rewrite.as_ref().and_then(Rewrite::prefix) {
            mounted_below(&mut headers, forwarded_as, prefix);
        }
        self.destination(&admitted.route).add_fields(&mut headers);
        headers
    }

    /// Sends a request, in its session's name where it has one. `at_head` is told the head of each answer as it comes.
    pub(super) async fn send(
        &self,
        admitted: &Admitted,
        headers: HeaderBlock,
        body: RequestBody,
        at_head: AtHead<'_>,
    ) -> Timed<UpstreamResponse> {
        let request = UpstreamRequest {
            headers,
            method: admitted.method.clone(),
            target: admitted.target_at_upstream().to_owned(),
            body,
            deadline: admitted.deadline.get(),
            share: None,
        };
        let (route, above) = (&*admitted.route, admitted.context.trace);
        let sending = Sending { caller: admitted.caller(), above, at_head, route };
        match (&self.destination(route).tokens, admitted.session.clone()) {
            (UpstreamTokens::Session | UpstreamTokens::Exchanged(_) | UpstreamTokens::None, None) => {
                self.attempt(request, &sending).await
            }
            // Boxed, like all that few requests need: the others do not pay for its memory.
            (_, session) => Box::pin(self.send_with_token(session, request, &sending)).await,
        }
    }

    /// Sends a request once.
    pub(super) async fn attempt(
        &self,
        mut request: UpstreamRequest,
        sending: &Sending<'_>,
    ) -> Timed<UpstreamResponse> {
        let Destination { client, callers, .. } = self.destination(sending.route);
        let Some(share) = callers.take(&sending.caller) else {
            return Timed::at_once(Err(Failure::CallerBusy));
        };
        request.share = Some(share);
        let place = sending.above.child();
        trace(&mut request.headers, place);
        let method = request.method.clone();
        let sent = Instant::now();
        let answer = match client.send(request).await {
            Ok(arriving) => {
                (sending.at_head)(arriving.status, &arriving.headers);
                arriving.with_content().await
            }
            Err(err) => Err(err),
        };
        let took = sent.elapsed();
        record(client, place, &method, answer.as_ref().map(|answer| answer.status), took);
        Timed { result: answer.map_err(Failure::from), upstream_time: Some(took) }
    }

    /// The fields of a 304 that update a stored answer, as the browser gets them.
    pub(super) fn update(
        &self,
        status: StatusCode,
        newer: &HeaderBlock,
        admitted: &Admitted,
    ) -> Result<HeaderBlock, Failure> {
        let rules = &self.destination(&admitted.route).rules;
        let mut headers = rules.for_update(status, newer, admitted.asked())?;
        if let Some(suffix) = admitted.tag_suffix() {
            suffix.add_to_answer(&mut headers);
        }
        Ok(headers)
    }

    /// The part of an answer that the browser gets.
    pub(super) async fn respond(
        &self,
        answer: UpstreamResponse,
        admitted: &Admitted,
    ) -> Result<(Reply, HeaderBlock), Failure> {
        let UpstreamResponse { status, headers, body, due } = answer;
        let rules = &self.destination(&admitted.route).rules;
        let mut allowed = rules.for_browser(status, &headers, admitted.asked())?;
        if is_withheld(status, &headers, admitted) {
            return Err(Failure::UpstreamStatus(status, ResponseRules::of_replaced(&allowed)));
        }
        let body = match admitted.select().zip(admitted.tag_suffix()) {
            None => body,
            Some((fields, suffix)) => {
                suffix.add_to_answer(&mut allowed);
                allowed.retain(|name| !is_of_all_content(name));
                let selected = self.selector.select(admitted, fields, (status, &headers), body, due).await;
                // An error that nothing can be picked from keeps its status.
                selected.map_err(|failure| match status.is_success() {
                    true => failure,
                    false => Failure::UpstreamStatus(status, ResponseRules::of_replaced(&allowed)),
                })?
            }
        };
        Ok((Reply { status, headers: allowed, body }, headers))
    }
}

/// Records what one request to an upstream came to: a span, a metric and a line.
pub(super) fn record(
    client: &Client,
    place: TraceContext,
    method: &Method,
    outcome: Result<StatusCode, &UpstreamError>,
    took: Duration,
) {
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let (status, error) = (outcome.ok(), outcome.err().map(UpstreamError::kind));
    spans::asked(&Done { place, method, route: None, status, error, took });
    match outcome {
        Ok(status) => {
            metrics::upstream_answered(client.name(), class(status), took);
            tracing::debug!(status = status.as_u16(), ms, "the upstream answered");
        }
        Err(err) => {
            metrics::upstream_answered(client.name(), err.kind(), took);
            tracing::debug!(%err, ms, "the upstream did not answer");
        }
    }
}

/// Whether the content of an answer does not leave, and a problem takes its place.
pub(super) fn is_withheld(status: StatusCode, headers: &HeaderBlock, admitted: &Admitted) -> bool {
    let hidden = status.as_u16() >= 500 && admitted.route.errors == ErrorPolicy::Problem;
    let page = status.is_client_error() && headers.get(header::CONTENT_TYPE).is_some_and(is_page);
    hidden || page
}
