//! One route of the table.

use std::borrow::Cow;

use http::{HeaderName, Method};

use http_cache::route::CachePolicy;

use http_message::request_fields::FieldNames;

use upstream::OwnDeadlines;

use super::{
    error::RouteTableError,
    person::{ClaimRule, StepUp},
    rewrite::Rewrite,
};
use crate::rate_limit::Limit;

/// One route: where it applies and what applies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Template: `{name}` for one segment, `{*name}` for the rest.
    pub path: String,
    /// Allowed methods, [`METHODS`](http_message::methods::METHODS) where the file names none. HEAD is allowed wherever GET is
    /// (RFC 9110 §9.3.2).
    pub methods: Vec<Method>,
    /// Its own time limits.
    pub deadlines: OwnDeadlines,
    /// The treatment of an upstream's error body.
    pub errors: ErrorPolicy,
    /// Whether `%2F` may stand in a segment.
    pub encoded_slash: bool,
    /// Whether requests go in a session's name.
    pub session: SessionPolicy,
    /// What a person has to be; `None`: anybody.
    pub require: Option<Box<ClaimRule>>,
    /// How a person has to have signed in; `None`: anyhow.
    pub step_up: Option<Box<StepUp>>,
    /// Fields that may leave; `None`: all.
    pub select: Option<Vec<String>>,
    /// The way to the list of a page whose items' fields are selected; `None`: pages are known by their form.
    pub list: Option<String>,
    /// Bytes of a request's content, in the place of the cap for all routes; past it 413.
    pub max_body: Option<u64>,
    /// Requests per caller on this route, besides those on all of them.
    pub limit: Option<Limit>,
    /// The cache policy of its answers, beyond the upstream's own.
    pub cache: CachePolicy,
    /// Tags of its answers: the subjects that they are about.
    pub tags: Vec<String>,
    /// Tags that an unsafe request to it outdates once it has succeeded.
    pub invalidates: Vec<String>,
    /// Fields of its requests that go upstream besides the listed ones.
    pub request_headers: FieldNames,
    /// Fields of its answers that may leave besides the usual ones.
    pub response_headers: Vec<HeaderName>,
    /// Parameters that count: a GET goes upstream, and is kept, with no others. `None`: all count.
    pub query: Option<Vec<String>>,
    /// Whether requests may wait for the answer to the same one.
    pub collapse: bool,
    /// Whether scripts, styles and pages among its answers keep their types.
    pub active: bool,
    /// Whether its answers are compressed.
    pub compress: bool,
    /// Whether a slash behind the path makes no difference here. The upstream gets the path as it came.
    pub trailing_slash: TrailingSlash,
    /// The number of its upstream, [`DEFAULT_UPSTREAM`](super::DEFAULT_UPSTREAM) or one of the table's own.
    pub upstream: usize,
    /// The path of its requests at the upstream; `None`: the same.
    pub rewrite: Option<Rewrite>,
    /// Whether WebSockets may be opened.
    pub websocket: bool,
    /// Its place in the table.
    pub index: usize,
    /// The number by which its uses are counted.
    pub limited_as: u64,
}

/// The session that a route asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionPolicy {
    /// No session: no token goes along, even of a signed-in person.
    None,
    /// The token of the signed-in person goes along, where there is one.
    #[default]
    Optional,
    /// A person has to be signed in.
    Required,
}

/// The meaning of a slash behind a route's path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrailingSlash {
    /// With it, it is another path.
    #[default]
    Strict,
    /// With or without it, it is the same route.
    Either,
}

/// The treatment of an upstream's 5xx body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorPolicy {
    /// A problem takes its place: a stack trace is not for the browser.
    #[default]
    Problem,
    /// It passes as it is.
    Passthrough,
}

impl Route {
    /// The templates that the route stands for.
    pub(super) fn paths(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let other = match self.path.strip_suffix('/') {
            Some("") => None,
            Some(without) => Some(Cow::Borrowed(without)),
            // Everything below a path is with it and without it already.
            None if self.path.contains("{*") => None,
            None => Some(Cow::Owned(format!("{}/", self.path))),
        };
        let other = other.filter(|_| self.trailing_slash == TrailingSlash::Either);
        std::iter::once(Cow::Borrowed(self.path.as_str())).chain(other)
    }

    /// Whether requests of strangers pass.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.session != SessionPolicy::Required
    }

    /// The template of its requests' paths at the upstream.
    pub(super) fn template_at_upstream(&self) -> &str {
        self.rewrite.as_ref().map_or(&self.path, Rewrite::template)
    }

    pub(super) fn wrong(&self, problem: String) -> RouteTableError {
        RouteTableError { path: self.path.clone(), problem, index: self.index }
    }
}
