//! A request that has been admitted, with its route, its session and its deadline.

use std::{cell::Cell, sync::Arc};

use http::{HeaderName, Method, header};

use http_cache::request::CacheRequest;

use http_message::{HeaderBlock, RequestContext, shares::Circles};

use upstream::deadline::Deadline;

use crate::{
    guard::csrf::Grant,
    rate_limit::{LimitSubject, networks_of},
    response::{entity_tag::Suffix, headers::Asked},
    route_table::Route,
    session::Current,
};

/// An admitted request without its content, so that it can be sent again.
#[derive(Clone)]
pub(super) struct Admitted {
    pub(super) context: RequestContext,
    pub(super) method: Method,
    /// Path and query below the base URL. The path is canonical.
    pub(super) target: String,
    /// The same at the upstream, where the route rewrites it.
    pub(super) rewritten: Option<Box<str>>,
    /// The browser's fields that may go upstream. The cache and the upstream go by the same.
    pub(super) headers: HeaderBlock,
    pub(super) route: Arc<Route>,
    /// Fields of the answer that may leave where the route names none.
    pub(super) profile: Option<Vec<String>>,
    /// The session in whose name it goes.
    pub(super) session: Option<Current>,
    /// A foreign page's leave to read the answer.
    pub(super) grant: Option<Grant>,
    /// It begins anew for a request that has waited for another's answer in vain.
    pub(super) deadline: Cell<Deadline>,
}

impl Admitted {
    /// Path and query at the upstream, below its base URL.
    pub(super) fn target_at_upstream(&self) -> &str {
        self.rewritten.as_deref().unwrap_or(&self.target)
    }

    /// The path at the upstream, below its base URL.
    fn path_at_upstream(&self) -> &str {
        self.target_at_upstream().split('?').next().unwrap_or_default()
    }

    /// Begins the deadline anew: the time until now was spent on waiting for another request's answer.
    pub(super) fn begin_anew(&self) {
        self.deadline.set(self.deadline.get().again());
    }

    /// The one whose exchanges are counted together: the person, else the client's address or its networks.
    pub(super) fn caller(&self) -> Circles<Caller<'_>> {
        match &self.session {
            Some(current) => [Some(Caller::Person(&current.stored.session.user.id)), None, None],
            None => networks_of(self.context.caller.address)
                .map(|network| network.map(|(network, _)| Caller::Network(network))),
        }
    }

    /// The request as the cache reads it.
    pub(super) fn cache_request(&self) -> CacheRequest<'_> {
        CacheRequest::new(&self.method, &self.headers, self.session.is_some())
    }

    /// Whether the answer may be kept by the route's own lifetime. Then the upstream sees no field that is not in the key.
    pub(super) fn is_kept_by_route(&self) -> bool {
        self.route.cache.ttl.is_some()
    }

    /// Whether a field is in the key of answers that are kept by the route's own lifetime.
    pub(super) fn is_in_key(&self, name: &HeaderName) -> bool {
        matches!(*name, header::ACCEPT | header::ACCEPT_LANGUAGE) || self.route.request_headers.contains(name)
    }

    /// What the answer is for.
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            path: self.path_at_upstream(),
            extra: &self.route.response_headers,
            active: self.route.active,
        }
    }

    /// The suffix of the answer's tag, where fields are selected.
    pub(super) fn tag_suffix(&self) -> Option<Suffix> {
        self.select().map(|fields| Suffix::of_selection(fields, self.route.list.as_deref()))
    }

    /// The fields of the answer that may leave; `None`: all.
    pub(super) fn select(&self) -> Option<&[String]> {
        self.route.select.as_deref().or(self.profile.as_deref())
    }
}

/// A caller, told apart from all others.
#[derive(Hash)]
pub(super) enum Caller<'a> {
    /// The person of this id, whichever of their sessions is used.
    Person(&'a str),
    /// A stranger.
    Network(LimitSubject),
}
