//! The pipeline of every API request: account( admit → cached → origin ). Nothing else sends a browser's request
//! upstream.
//!
//! `accounting` logs and measures a request, `admit` lets it in or refuses it. `cache_lookup` answers it from
//! the cache where that is allowed, and `origin` asks the upstream. What comes back is compressed, before the terms of
//! admission are said: a session's `Cache-Control` hides the upstream's `no-transform`.

mod accounting;
mod admit;
mod admitted;
mod cache_lookup;
mod cached_origin;
mod destination;
mod drain;
mod fetch;
mod flow;
mod handshake;
mod invalidate;
mod leader;
mod lookup;
mod origin;
mod parameters;
mod probe;
mod request_fields;
mod select;
mod storable;
mod timed;
mod with_token;

use std::{rc::Rc, sync::Arc, time::Instant};

use http::Method;
use tokio::time::timeout_at;

pub use self::{
    accounting::Accounting,
    admit::RequestLimits,
    cached_origin::Caching,
    destination::{Destination, Destinations, Hidden, NamedUpstream, Proof},
    drain::Drain,
    handshake::{OpenTunnel, Opened},
    origin::{Origin, OriginParts},
    probe::Readiness,
    request_fields::RequestFields,
};
use self::{
    admit::{Admission, Early, Terms},
    cached_origin::CachedOrigin,
    flow::Ends,
    probe::Probe,
    timed::Timed,
};
use crate::{
    failure::Failure,
    guard::{Guard, token_paths::TokenPaths},
    response::compression::{Compressor, compressed},
    route_table::RouteTable,
};
use http_message::{Exchange, Reply, RequestContext};
use upstream::deadline::Deadline;

/// One worker's pipeline.
pub struct Pipeline {
    admission: Admission,
    cached: Rc<CachedOrigin>,
    probe: Probe,
    compressor: Compressor,
    ends: Ends,
}

/// The answer to an exchange.
pub struct Answered {
    /// For the browser.
    pub reply: Reply,
    /// The guard that goes along with the content, and records how that ends.
    pub accounting: Accounting,
}

impl Pipeline {
    /// A pipeline to the `routes` of `origin`, through `guard` and the cache. Its answers stay plain.
    #[must_use]
    pub fn new(
        routes: RouteTable,
        guard: Guard,
        token_paths: TokenPaths,
        limits: RequestLimits,
        caching: Caching,
        origin: Origin,
    ) -> Self {
        let origin = Rc::new(origin);
        Self {
            ends: Ends::new(guard.sessions.clone()),
            compressor: Compressor { on: false },
            probe: Probe::new(Rc::clone(&origin), Readiness::default()),
            admission: Admission { routes, guard, token_paths, limits, origin: Rc::clone(&origin) },
            cached: Rc::new(CachedOrigin::new(caching, origin)),
        }
    }

    /// The same with answers as `compressor` wants them.
    #[must_use]
    pub fn compressing(self, compressor: Compressor) -> Self {
        Self { compressor, ..self }
    }

    /// The same with probes whose answers all workers share.
    #[must_use]
    pub fn sharing(self, readiness: Readiness) -> Self {
        Self { probe: self.probe.sharing(readiness), ..self }
    }

    /// The same with event streams and tunnels that end when the server drains.
    #[must_use]
    pub fn draining(self, drain: Drain) -> Self {
        Self { ends: self.ends.draining(drain), ..self }
    }

    /// Takes an exchange to its answer. A failure is one as well.
    pub async fn run(&self, context: RequestContext, exchange: Exchange) -> Answered {
        let mut accounting = Accounting::begin(context, &exchange.method, &exchange.target);
        let answer = self.answer(exchange, &mut accounting).await;
        finished(accounting, answer)
    }

    /// The same for an exchange that is worth no more than a short wait. What is not there by `until` is given up, as if its
    /// browser had left: it says nothing about the upstream. `None`: there is no answer.
    pub async fn run_until(
        &self,
        until: Instant,
        context: RequestContext,
        exchange: Exchange,
    ) -> Option<Answered> {
        let mut accounting = Accounting::begin(context, &exchange.method, &exchange.target);
        match timeout_at(until.into(), self.answer(exchange, &mut accounting)).await {
            Ok(answer) => Some(finished(accounting, answer)),
            Err(_) => {
                accounting.given_up();
                None
            }
        }
    }

    async fn answer(
        &self,
        exchange: Exchange,
        accounting: &mut Accounting,
    ) -> Result<(Timed<Reply>, Terms), Early> {
        let mut routed = self.admission.route(exchange)?;
        accounting.take(&routed.route);
        let compression = routed.compression(self.compressor);
        let seen = self.ends.seen();
        let (admitted, body) = self.admission.admit(routed, accounting).await?;
        // The rate limiter and the cache may both have to ask Redis, and neither needs the other's answer.
        let (charged, plan) =
            tokio::join!(self.admission.charge(&admitted), self.cached.plan(&admitted, &body));
        let terms = charged?;
        let answer = self.cached.answer(&admitted, body, plan).await;
        let answer = answer.map(|result| {
            let (reply, why) = self.ends.of_reply(result?, admitted.session.as_ref(), seen);
            accounting.may_end_early(why);
            Ok(compressed(reply, compression.as_ref()))
        });
        Ok((answer, terms))
    }

    /// The answer to a request that cannot become an exchange.
    #[must_use]
    pub fn refuse(context: RequestContext, method: &Method, target: &str, failure: Failure) -> Answered {
        let accounting = Accounting::begin(context, method, target);
        answered(accounting, Timed::at_once(Err(failure)), Terms::default())
    }

    /// Checks that the upstream can be connected to and answers, with any status. All who ask at a moment share an
    /// answer, which is remembered for a second.
    ///
    /// # Errors
    /// [`Failure`], where it cannot be connected to or does not answer.
    pub async fn probe(&self) -> Result<(), Arc<Failure>> {
        self.probe.ask().await
    }

    /// The compression of answers, for those that the pipeline does not make.
    #[must_use]
    pub const fn compressor(&self) -> Compressor {
        self.compressor
    }

    /// The deadline of exchanges that begin now and share one.
    #[must_use]
    pub fn due(&self) -> Instant {
        Deadline::start(&self.admission.origin.default().deadlines).due().into_std()
    }
}

fn finished(accounting: Accounting, answer: Result<(Timed<Reply>, Terms), Early>) -> Answered {
    let (answer, terms) = match answer {
        Ok(answer) => answer,
        Err(Early { result, terms }) => (Timed::at_once(*result), terms),
    };
    answered(accounting, answer, terms)
}

fn answered(mut accounting: Accounting, answer: Timed<Reply>, terms: Terms) -> Answered {
    let Timed { result, upstream_time } = answer;
    let (mut reply, failure) = match result {
        Ok(reply) => (reply, None),
        Err(failure) => (failure.to_reply(&accounting.context().id), Some(failure)),
    };
    accounting.answered(&mut reply, failure.as_ref(), upstream_time);
    terms.say(&mut reply.headers);
    Answered { reply, accounting }
}
