//! WebSockets: a handshake (RFC 6455 §4.1) passes every check of a request, and becomes a tunnel where the upstream switches.
//!
//! A handshake is judged like a change, by its `Origin`: browsers let every page open a WebSocket to everywhere. The cache
//! is skipped, and no frame is parsed.

use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use http::{HeaderName, HeaderValue, StatusCode};

use super::{
    Answered, Pipeline,
    accounting::Accounting,
    admit::{Early, Terms},
    admitted::Admitted,
    answered,
    destination::Destination,
    flow::Why,
    origin::{Origin, record},
    timed::Timed,
    with_token::Refusable,
};
use crate::{failure::Failure, route_table::RouteError};
use http_message::{Exchange, HeaderBlock, Reply, ReplyBody, RequestBody, RequestContext};
use upstream::{
    UpstreamRequest, UpstreamResponse,
    headers::{authorize, trace},
    tunnel::{Switched, Tunnel},
};

const SEC_WEBSOCKET_VERSION: HeaderName = HeaderName::from_static("sec-websocket-version");

/// The fields of a handshake that go upstream besides those of any request.
const ASKED: [HeaderName; 4] = [
    HeaderName::from_static("sec-websocket-key"),
    SEC_WEBSOCKET_VERSION,
    HeaderName::from_static("sec-websocket-protocol"),
    HeaderName::from_static("sec-websocket-extensions"),
];

/// The fields of a 101 that leave.
const SWITCHED: [HeaderName; 3] = [
    HeaderName::from_static("sec-websocket-accept"),
    HeaderName::from_static("sec-websocket-protocol"),
    HeaderName::from_static("sec-websocket-extensions"),
];

/// The outcome of a handshake.
pub enum Opened {
    /// The upstream has switched.
    Tunnel(Box<OpenTunnel>),
    /// There is no tunnel: a refusal, or another answer of the upstream's.
    Answered(Box<Answered>),
}

/// A tunnel whose 101 is to be sent.
pub struct OpenTunnel {
    /// The 101 for the browser, without its framing.
    pub reply: Reply,
    /// The guard that goes along with the tunnel.
    pub accounting: Accounting,
    /// The upstream's connection.
    pub tunnel: Tunnel,
    /// The longest silence in both directions.
    pub idle: Duration,
    /// The end from outside, with its reason: that of the session, or the server's.
    pub end: LocalBoxFuture<'static, &'static str>,
}

/// The upstream's answer to a handshake.
enum Answer {
    Switched(Tunnel),
    Other(UpstreamResponse),
}

impl Refusable for Answer {
    fn refusal(&mut self) -> Option<&mut UpstreamResponse> {
        match self {
            Self::Switched(_) => None,
            Self::Other(answer) => answer.refusal(),
        }
    }
}

/// The outcome of one handshake that was admitted.
enum Outcome {
    Tunnel(Tunnel, Duration, LocalBoxFuture<'static, &'static str>),
    Reply(Reply, Option<Why>),
}

impl Pipeline {
    /// Takes the exchange of a handshake to a tunnel, or to its answer. A failure is one as well.
    pub async fn open(&self, context: RequestContext, exchange: Exchange) -> Opened {
        let mut accounting = Accounting::begin(context, &exchange.method, &exchange.target);
        let (Timed { result, upstream_time }, terms) = match self.switch(exchange, &mut accounting).await {
            Ok(answered) => answered,
            Err(Early { result, terms }) => {
                let answer = Timed::at_once(*result);
                return Opened::Answered(Box::new(answered(accounting, answer, terms)));
            }
        };
        let (tunnel, idle, end) = match result {
            Ok(Outcome::Tunnel(tunnel, idle, end)) => (tunnel, idle, end),
            Ok(Outcome::Reply(reply, why)) => {
                accounting.may_end_early(why);
                let answer = Timed { result: Ok(reply), upstream_time };
                return Opened::Answered(Box::new(answered(accounting, answer, terms)));
            }
            Err(failure) => {
                let answer = Timed { result: Err(failure), upstream_time };
                return Opened::Answered(Box::new(answered(accounting, answer, terms)));
            }
        };
        let headers = picked(&tunnel.headers, &SWITCHED);
        let reply = Reply { status: StatusCode::SWITCHING_PROTOCOLS, headers, body: ReplyBody::Empty };
        let answer = Timed { result: Ok(reply), upstream_time };
        let Answered { reply, accounting } = answered(accounting, answer, terms);
        Opened::Tunnel(Box::new(OpenTunnel { reply, accounting, tunnel, idle, end }))
    }

    async fn switch(
        &self,
        exchange: Exchange,
        accounting: &mut Accounting,
    ) -> Result<(Timed<Outcome>, Terms), Early> {
        let asked = picked(&exchange.headers, &ASKED);
        let routed = self.admission.route_handshake(exchange)?;
        accounting.take(&routed.route);
        if !routed.route.websocket {
            return Err(RouteError::NoWebsocket.into());
        }
        let seen = self.ends.seen();
        let (mut admitted, _) = self.admission.admit(routed, accounting).await?;
        admitted.headers.extend(asked);
        let terms = self.admission.charge(&admitted).await?;
        let origin = &self.cached.origin;
        let Timed { result, upstream_time } = origin.switch(&admitted).await;
        let session = admitted.session.as_ref();
        let result = match result {
            Ok(Answer::Switched(tunnel)) => {
                let end = self.ends.of_tunnel(session.cloned(), seen);
                Ok(Outcome::Tunnel(tunnel, admitted.deadline.get().idle(), end))
            }
            Ok(Answer::Other(answer)) => {
                let versions = picked(&answer.headers, &[SEC_WEBSOCKET_VERSION]);
                origin.respond(answer, &admitted).await.map(|(mut reply, _)| {
                    // Those that the upstream speaks (RFC 6455 §4.4).
                    reply.headers.extend(versions);
                    let (reply, why) = self.ends.of_reply(reply, session, seen);
                    Outcome::Reply(reply, why)
                })
            }
            Err(failure) => Err(failure),
        };
        Ok((Timed { result, upstream_time }, terms))
    }
}

impl Origin {
    /// Asks the upstream for a tunnel, with the token that it gets.
    async fn switch(&self, admitted: &Admitted) -> Timed<Answer> {
        let headers = self.headers(admitted);
        let due = admitted.deadline.get().due();
        let send = async |token: Option<HeaderValue>| {
            let mut headers = headers.clone();
            if let Some(token) = token {
                authorize(&mut headers, token);
            }
            self.handshake(admitted, headers).await
        };
        self.with_token(&admitted.route, admitted.session.clone(), due, send).await
    }

    /// Sends one handshake.
    async fn handshake(&self, admitted: &Admitted, mut headers: HeaderBlock) -> Timed<Answer> {
        let Destination { client, callers, .. } = self.destination(&admitted.route);
        let Some(share) = callers.take(&admitted.caller()) else {
            return Timed::at_once(Err(Failure::CallerBusy));
        };
        let place = admitted.context.trace.child();
        trace(&mut headers, place);
        let request = UpstreamRequest {
            method: admitted.method.clone(),
            target: admitted.target_at_upstream().to_owned(),
            headers,
            body: RequestBody::None,
            deadline: admitted.deadline.get(),
            share: Some(share),
        };
        let sent = Instant::now();
        let answer = match client.switch(request).await {
            Ok(Switched::Tunnel(tunnel)) => Ok(Answer::Switched(tunnel)),
            Ok(Switched::Answer(arriving)) => arriving.with_content().await.map(Answer::Other),
            Err(err) => Err(err),
        };
        let took = sent.elapsed();
        let status = answer.as_ref().map(|answer| match answer {
            Answer::Switched(_) => StatusCode::SWITCHING_PROTOCOLS,
            Answer::Other(answer) => answer.status,
        });
        record(client, place, &admitted.method, status, took);
        Timed { result: answer.map_err(Failure::from), upstream_time: Some(took) }
    }
}

/// The fields of these names, in their order.
fn picked(headers: &HeaderBlock, names: &[HeaderName]) -> HeaderBlock {
    let values = |name: &HeaderName| -> Vec<(HeaderName, HeaderValue)> {
        headers.get_all(name).map(|value| (name.clone(), value.clone())).collect()
    };
    names.iter().flat_map(values).collect()
}
