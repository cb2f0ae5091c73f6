//! Every check that a request passes, in order: limits, cross-site requests, hidden paths, route, session, person, rate
//! limit.

use std::{cell::Cell, rc::Rc, sync::Arc, time::SystemTime};

use http::{HeaderValue, Method, StatusCode, header};

use super::{accounting::Accounting, admitted::Admitted, origin::Origin, parameters::only};
use crate::{
    failure::Failure,
    guard::{
        Guard, Payer,
        csrf::{CrossSite, CsrfRule, Grant},
        person, session,
        token_paths::{TokenPath, TokenPaths},
    },
    rate_limit::Charge,
    response::compression::{Compression, Compressor},
    route_table::{DEFAULT_UPSTREAM, Route, RouteTable},
    session::Current,
};
use http_message::{
    CanonicalPath, Exchange, HeaderBlock, Reply, ReplyBody, RequestBody, RequestContext,
    fields::{is_aimed_at_caches, leave_out_named},
    methods::METHODS,
};
use upstream::deadline::Deadline;

/// The `Cache-Control` of a session's answers: no cache may keep them, and no shared computer.
const OF_A_SESSION: HeaderValue = HeaderValue::from_static("private, no-store");

/// Caps on a request, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Request body on routes without a cap of their own; past it 413.
    pub body: u64,
    /// Path and query; past it 414.
    pub uri: u64,
    /// Request header block; past it 431.
    pub headers: u64,
}

/// The checks of one worker.
pub(super) struct Admission {
    pub(super) routes: RouteTable,
    pub(super) guard: Guard,
    pub(super) token_paths: TokenPaths,
    pub(super) limits: RequestLimits,
    pub(super) origin: Rc<Origin>,
}

/// A request whose route is known.
pub(super) struct Routed {
    pub(super) route: Arc<Route>,
    exchange: Exchange,
    /// The path at the upstream, where the route rewrites it.
    rewritten: Option<CanonicalPath>,
    /// The address of the upstream's sign-in that it is for, where it is one that may be asked for.
    token_path: Option<TokenPath>,
    /// The leave of the page that sent it. A refusal waits until the route is known, to be counted there.
    checked: Result<Option<Grant>, CrossSite>,
}

/// The fields of an answer that come of how the request was let in. An address that is none, or a request over a
/// limit, has been refused before there are any.
#[derive(Default)]
pub(super) struct Terms {
    charges: Vec<Charge>,
    grant: Option<Grant>,
    in_session: bool,
}

/// An answer that is given before the request is let in: a refusal, or a preflight's.
pub(super) struct Early {
    pub(super) result: Box<Result<Reply, Failure>>,
    pub(super) terms: Terms,
}

impl<E: Into<Failure>> From<E> for Early {
    fn from(err: E) -> Self {
        Self { result: Box::new(Err(err.into())), terms: Terms::default() }
    }
}

impl Routed {
    /// The compression of the answer, unless the route wants it plain.
    pub(super) fn compression(&mut self, compressor: Compressor) -> Option<Compression> {
        let Exchange { method, headers, .. } = &mut self.exchange;
        self.route.compress.then(|| compressor.for_request(method, headers)).flatten()
    }
}

impl Admission {
    /// Checks a request as far as it takes no waiting, and finds its route.
    pub(super) fn route(&self, exchange: Exchange) -> Result<Routed, Early> {
        let path = self.check_limits(&exchange)?;
        if self.origin.forwarded_as().is_loop(&exchange.headers) {
            return Err(Failure::Loop.into());
        }
        let checked = self.guard.check_csrf(&exchange.method, &exchange.headers);
        // A method that only a route can name is not granted to other sites' pages.
        if let Ok(Some(grant)) = &checked
            && let Some(headers) = CsrfRule::preflight(&exchange.method, &exchange.headers, &METHODS)
        {
            let reply = Reply { status: StatusCode::NO_CONTENT, headers, body: ReplyBody::Empty };
            let terms = Terms { grant: Some(grant.clone()), ..Terms::default() };
            return Err(Early { result: Box::new(Ok(reply)), terms });
        }
        let route = self.routes.find(&exchange.method, &path);
        let rewritten = match &route {
            Ok(route) => rewritten(route, &path)?,
            Err(_) => None,
        };
        // Other servers hand out no tokens of ours, whatever their addresses are called.
        let asked = rewritten.as_ref().unwrap_or(&path);
        let token_path = match &route {
            Ok(route) if route.upstream != DEFAULT_UPSTREAM => {
                self.origin.destination(route).hidden.as_ref().and_then(|hidden| hidden.find(asked))
            }
            _ => self.token_paths.find(asked),
        };
        if token_path == Some(TokenPath::Hidden) {
            return Err(Failure::NoSuchAddress.into());
        }
        let route = Arc::clone(route?);
        let body = exchange.body.capped(route.max_body.unwrap_or(self.limits.body))?;
        let exchange = Exchange { body, ..exchange };
        Ok(Routed { route, exchange, rewritten, token_path, checked })
    }

    /// The same for the handshake of a WebSocket, which is judged like a change.
    pub(super) fn route_handshake(&self, exchange: Exchange) -> Result<Routed, Early> {
        let checked = self.guard.check_handshake(&exchange.headers).map(|()| None);
        Ok(Routed { checked, ..self.route(exchange)? })
    }

    /// Refuses other sites' requests, and finds the session in whose name a request goes. A request of a session that
    /// has ended is charged to the client's address.
    pub(super) async fn admit(
        &self,
        routed: Routed,
        accounting: &mut Accounting,
    ) -> Result<(Admitted, RequestBody), Early> {
        let Routed { route, exchange, rewritten, token_path, checked } = routed;
        let grant = checked?;
        let Exchange { method, mut target, mut headers, body } = exchange;
        let due = accounting.context().due;
        let deadline = || Deadline::start(&self.origin.deadlines(&route)).before(due);
        let mut session = match session::admit(route.session, &headers, &self.guard.sessions).await {
            Ok(session) => session,
            Err(err) => {
                return Err(self.refused(err.into(), None, &route, accounting.context(), grant).await);
            }
        };
        accounting.in_name_of(session.as_ref());
        let context = accounting.context();
        if route.require.is_some() || route.step_up.is_some() {
            // Boxed, like all that few routes need.
            session = match Box::pin(self.checked_person(session.clone(), &route, deadline())).await {
                Ok(session) => session,
                Err(failure) => {
                    return Err(self.refused(failure, session.as_ref(), &route, context, grant).await);
                }
            };
        }
        leave_out_named(&mut headers);
        self.origin.request_fields().sift(&mut headers, &route, session.is_some());
        if let Some(names) = route.query.as_deref().filter(|_| matches!(method, Method::GET | Method::HEAD)) {
            target = only(&target, names);
        }
        let rewritten = rewritten.map(|path| {
            let query = target.find('?').map_or("", |begin| &target[begin..]);
            format!("{}{query}", path.as_str()).into_boxed_str()
        });
        let is_profile = token_path == Some(TokenPath::Profile) && route.select.is_none();
        let admitted = Admitted {
            context: context.clone(),
            method,
            target,
            rewritten,
            headers,
            profile: is_profile.then(|| self.token_paths.profile().to_vec()),
            session,
            grant,
            deadline: Cell::new(deadline()),
            route,
        };
        Ok((admitted, body))
    }

    /// The session of a person who may use `route`. Where it requires a claim, the tokens are good to use now: the
    /// provider's word about a person is as old as the tokens that it came with.
    async fn checked_person(
        &self,
        session: Option<Current>,
        route: &Route,
        deadline: Deadline,
    ) -> Result<Option<Current>, Failure> {
        let session = match session {
            Some(current) if route.require.is_some() => {
                Some(self.origin.refresher().before_use(current, deadline.due()).await?)
            }
            other => other,
        };
        person::check(route, session.as_ref(), SystemTime::now())?;
        Ok(session)
    }

    /// Charges a request that is refused, and refuses it.
    async fn refused(
        &self,
        failure: Failure,
        session: Option<&Current>,
        route: &Route,
        context: &RequestContext,
        grant: Option<Grant>,
    ) -> Early {
        match self.charge_to(session, route, context, grant).await {
            Ok(terms) => Early { result: Box::new(Err(failure)), terms },
            Err(early) => early,
        }
    }

    /// Charges a request to the person of its session, else to its client's address.
    pub(super) async fn charge(&self, admitted: &Admitted) -> Result<Terms, Early> {
        let Admitted { session, route, context, grant, .. } = admitted;
        self.charge_to(session.as_ref(), route, context, grant.clone()).await
    }

    async fn charge_to(
        &self,
        session: Option<&Current>,
        route: &Route,
        context: &RequestContext,
        grant: Option<Grant>,
    ) -> Result<Terms, Early> {
        let payer = match session {
            Some(current) => Payer::Person(&current.stored.session.user.id),
            None => Payer::Client(context.caller.address),
        };
        let charges = self.guard.charge(payer, route, 1, SystemTime::now()).await;
        let refused = |failure, charges, grant| {
            Err(Early { result: Box::new(Err(failure)), terms: Terms { charges, grant, in_session: false } })
        };
        let charges = match charges {
            Ok(charges) => charges,
            Err(err) => return refused(err.into(), Vec::new(), grant),
        };
        match charges.iter().find_map(Charge::refusal) {
            None => Ok(Terms { charges, grant, in_session: session.is_some() }),
            Some(wait) => refused(Failure::RateLimited(wait), charges, grant),
        }
    }

    fn check_limits(&self, exchange: &Exchange) -> Result<CanonicalPath, Failure> {
        // This comes first: checking a path takes time in proportion to its length.
        if (shared::API_BASE.len() + exchange.target.len()) as u64 > self.limits.uri {
            return Err(Failure::UriTooLong);
        }
        // The four bytes are the colon, the space and the line end of each field.
        let header_bytes: usize =
            exchange.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if header_bytes as u64 > self.limits.headers {
            return Err(Failure::HeadersTooLarge);
        }
        match exchange.target.split('?').next().unwrap_or_default() {
            "" | "/" => Err(Failure::NoSuchAddress),
            path if !path.starts_with('/') => Err(Failure::NotOriginForm),
            path => Ok(CanonicalPath::parse(path)?),
        }
    }
}

/// The path of a request at the upstream, where its route rewrites it. Values of parameters may have become something in their
/// new place that they were not before.
fn rewritten(route: &Route, path: &CanonicalPath) -> Result<Option<CanonicalPath>, Failure> {
    let Some(rewrite) = &route.rewrite else { return Ok(None) };
    let rewritten = rewrite.path(path.as_str());
    let rewritten =
        rewritten.ok_or_else(|| Failure::Internal("a path of a route is not its own".to_owned()))?;
    Ok(Some(CanonicalPath::parse(&rewritten)?))
}

impl Terms {
    /// Writes the terms into an answer's header block.
    pub(super) fn say(self, headers: &mut HeaderBlock) {
        for charge in &self.charges {
            charge.say(headers);
        }
        if self.in_session {
            // Caches in front may go by a field of their own before `Cache-Control`.
            headers.retain(|name| !is_aimed_at_caches(name));
            headers.insert(header::CACHE_CONTROL, OF_A_SESSION);
        }
        if let Some(grant) = self.grant {
            grant.say(headers);
        }
    }
}
