//! The route table: which paths and methods are forwarded, and under which policy.
//!
//! Without a file one built-in route stands for everything. With one, only its routes exist: a path that
//! none of them matches is 404, a method that the most specific one does not name is 405.

mod error;
mod other_spellings;
mod person;
mod rewrite;
mod route;

use std::{fmt, sync::Arc};

use http::Method;
use matchit::Router;
use sha2::{Digest as _, Sha256};

use http_cache::route::{CachePolicy, Heuristic};

use http_message::{CanonicalPath, methods::METHODS, request_fields::FieldNames};

use upstream::OwnDeadlines;

use self::{error::told, other_spellings::OtherSpellings};
pub use self::{
    error::{RouteError, RouteTableError},
    person::{ClaimRule, StepUp},
    rewrite::Rewrite,
    route::{ErrorPolicy, Route, SessionPolicy, TrailingSlash},
};

/// The number of the upstream at `API_URL`; those of the table's own follow it.
pub const DEFAULT_UPSTREAM: usize = 0;

/// All routes, compiled. Cheap to clone.
#[derive(Clone)]
pub struct RouteTable {
    /// Routes that share a path template stand together, told apart by method.
    router: Arc<Router<Vec<Arc<Route>>>>,
    routes: Arc<Vec<Arc<Route>>>,
    /// `None` where no spelling could be on other terms.
    other_spellings: Option<Arc<OtherSpellings>>,
    built_in: bool,
    open: bool,
}

impl RouteTable {
    /// The table that stands where no file is named: every path, by each of [`METHODS`].
    #[must_use]
    pub fn built_in(heuristic: Heuristic) -> Self {
        let everything = Route {
            path: "/{*rest}".to_owned(),
            methods: METHODS.to_vec(),
            deadlines: OwnDeadlines::default(),
            errors: ErrorPolicy::Problem,
            encoded_slash: false,
            session: SessionPolicy::Optional,
            require: None,
            step_up: None,
            select: None,
            list: None,
            max_body: None,
            limit: None,
            cache: CachePolicy { heuristic, ..CachePolicy::default() },
            tags: Vec::new(),
            invalidates: Vec::new(),
            request_headers: FieldNames::default(),
            response_headers: Vec::new(),
            query: None,
            collapse: true,
            active: false,
            compress: true,
            trailing_slash: TrailingSlash::Strict,
            upstream: DEFAULT_UPSTREAM,
            rewrite: None,
            websocket: false,
            index: 0,
            limited_as: 0,
        };
        // The one template is known to be valid; were it not, the table would be empty and answer 404.
        let mut table = Self::new(vec![everything]).unwrap_or_else(|_| Self {
            router: Arc::default(),
            routes: Arc::default(),
            other_spellings: None,
            built_in: true,
            open: true,
        });
        (table.built_in, table.open) = (true, true);
        table
    }

    /// The table of these routes.
    ///
    /// # Errors
    /// Two routes that claim the same path and method, or a template that is invalid.
    pub fn new(routes: Vec<Route>) -> Result<Self, RouteTableError> {
        let numbered = routes.into_iter().enumerate().map(|(index, route)| Route {
            index,
            limited_as: limited_as(&route),
            ..route
        });
        let routes: Vec<Arc<Route>> = numbered.map(Arc::new).collect();
        let mut router: Router<Vec<Arc<Route>>> = Router::new();
        for (index, route) in routes.iter().enumerate() {
            for path in route.paths() {
                let claims = |other: &&Arc<Route>| other.paths().any(|other| other == path);
                let mut claimed = routes[..index].iter().filter(claims).peekable();
                let is_inserted = claimed.peek().is_some();
                let mut methods = claimed.flat_map(|other| &other.methods);
                if let Some(method) = methods.find(|method| route.methods.contains(method)) {
                    return Err(route.wrong(format!("{method} of this path belongs to an earlier route")));
                }
                if !is_inserted {
                    let same_path: Vec<_> = routes.iter().filter(claims).cloned().collect();
                    router.insert(path, same_path).map_err(|err| route.wrong(told(&err)))?;
                }
            }
        }
        let other_spellings = OtherSpellings::of(&routes)?.map(Arc::new);
        let (router, routes) = (Arc::new(router), Arc::new(routes));
        Ok(Self { router, routes, other_spellings, built_in: false, open: false })
    }

    /// The same table, known to take every path and method without saying so.
    #[must_use]
    pub fn opened(self) -> Self {
        Self { open: true, ..self }
    }

    /// The route of a request: the most specific template that matches `path`, if it takes `method`.
    ///
    /// # Errors
    /// [`RouteError`]; its variants become 404, 405 and 400.
    pub fn find(&self, method: &Method, path: &CanonicalPath) -> Result<&Arc<Route>, RouteError> {
        let same_path = self.router.at(path.as_str()).map_err(|_| RouteError::NotFound)?.value;
        let Some(route) = same_path.iter().find(|route| route.methods.contains(method)) else {
            let allowed = same_path.iter().flat_map(|route| route.methods.iter().cloned()).collect();
            return Err(RouteError::MethodNotAllowed { allowed });
        };
        if path.has_encoded_slash() && !route.encoded_slash {
            return Err(RouteError::EncodedSlash);
        }
        let other_spellings = self.other_spellings.as_ref();
        if other_spellings.is_some_and(|spellings| spellings.differ(method, path, route, same_path)) {
            return Err(RouteError::OtherSpelling);
        }
        Ok(route)
    }

    /// The templates of the routes to an upstream, each with the one that it is rewritten to; `None` where every route leads to
    /// the one upstream there is, by its own path.
    #[must_use]
    pub fn ways_to(&self, upstream: usize) -> Option<Vec<(&str, &str)>> {
        let is_plain = |route: &Route| route.upstream == DEFAULT_UPSTREAM && route.rewrite.is_none();
        if self.routes().all(is_plain) {
            return None;
        }
        let ways = self.routes().filter(|route| route.upstream == upstream);
        Some(ways.map(|route| (route.path.as_str(), route.template_at_upstream())).collect())
    }

    /// The classes of sign-ins that routes ask for.
    #[must_use]
    pub fn classes(&self) -> Vec<String> {
        self.routes()
            .filter_map(|route| route.step_up.as_ref())
            .flat_map(|step_up| step_up.acr.clone())
            .collect()
    }

    /// Whether no file was named: everything is forwarded.
    #[must_use]
    pub const fn is_built_in(&self) -> bool {
        self.built_in
    }

    /// Whether every path and method is forwarded, and nobody has said that this is meant.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Every route, in the order of the file.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().map(AsRef::as_ref)
    }
}

impl fmt::Debug for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes()).finish()
    }
}
/// The number by which a route's uses are counted: a hash of its path and methods. It is the same at every replica, and wherever
/// a table that is read again has moved the route to.
fn limited_as(route: &Route) -> u64 {
    let mut hash = Sha256::new();
    for word in std::iter::once(route.path.as_str()).chain(route.methods.iter().map(Method::as_str)) {
        hash.update(word);
        // No word has a space.
        hash.update(b" ");
    }
    hash.finalize().first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}
