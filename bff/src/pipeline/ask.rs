//! A request that has been let in: what it asks, on whose terms.

use std::sync::Arc;

use http::Method;

use crate::{
    message::{Caller, Exchange, HeaderBlock, RequestBody, TraceContext, fields::leave_out_named},
    route_table::Route,
    session::Current,
    upstream::deadline::Deadline,
};

/// A request without its content; it can be asked again.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) id: String,
    pub(super) trace: TraceContext,
    pub(super) method: Method,
    /// Below the base URL, as everything here.
    pub(super) path: String,
    /// Path and query.
    pub(super) target: String,
    /// The browser's, without those for this connection only: the cache and the upstream go by the same.
    pub(super) headers: HeaderBlock,
    pub(super) caller: Caller,
    pub(super) route: Arc<Route>,
    /// Fields that may leave where the route names none.
    pub(super) profile: Option<Vec<String>>,
    /// In whose name.
    pub(super) session: Option<Current>,
    pub(super) deadline: Deadline,
}

impl Ask {
    /// Takes an exchange apart.
    pub(super) fn new(
        exchange: Exchange,
        route: Arc<Route>,
        profile: Option<&[String]>,
        session: Option<Current>,
        deadline: Deadline,
    ) -> (Self, RequestBody) {
        let Exchange { id, trace, method, path, query, mut headers, body, caller, .. } = exchange;
        leave_out_named(&mut headers);
        let path = path.as_str().to_owned();
        let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let profile = profile.map(<[String]>::to_vec);
        (Self { id, trace, method, path, target, headers, caller, route, profile, session, deadline }, body)
    }

    /// The fields that may leave; `None`: all.
    pub(super) fn select(&self) -> Option<&[String]> {
        self.route.select.as_deref().or(self.profile.as_deref())
    }
}
