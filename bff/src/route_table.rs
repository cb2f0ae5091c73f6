//! The route table: which paths and methods are forwarded, and under which policy.
//!
//! Without a file one built-in route stands for everything. With one, only its routes exist: a path that
//! none of them matches is 404, a method that the most specific one does not name is 405.

use std::{borrow::Cow, fmt, sync::Arc};

use http::{HeaderName, Method};
use matchit::{InsertError, Router};

use http_cache::route::{CachePolicy, Heuristic};

use http_message::{CanonicalPath, methods::METHODS};

use upstream::OwnDeadlines;

use crate::rate_limit::Limit;

/// One route: where it applies and what applies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Template: `{name}` for one segment, `{*name}` for the rest.
    pub path: String,
    /// Allowed methods, [`METHODS`] where the file names none; HEAD is allowed wherever GET is (RFC 9110 §9.3.2).
    pub methods: Vec<Method>,
    /// Its own time limits.
    pub deadlines: OwnDeadlines,
    /// The treatment of an upstream's error body.
    pub errors: ErrorPolicy,
    /// Whether `%2F` may stand in a segment.
    pub encoded_slash: bool,
    /// Whether requests go in a session's name.
    pub session: SessionPolicy,
    /// Fields that may leave; `None`: all.
    pub select: Option<Vec<String>>,
    /// The way to the list of a page whose items' fields are selected; `None`: pages are known by their form.
    pub list: Option<String>,
    /// Requests per caller on this route, besides those on all of them.
    pub limit: Option<Limit>,
    /// The cache policy of its answers, beyond the upstream's own.
    pub cache: CachePolicy,
    /// Tags of its answers: the subjects that they are about.
    pub tags: Vec<String>,
    /// Tags that an unsafe request to it outdates once it has succeeded.
    pub invalidates: Vec<String>,
    /// Fields of its answers that may leave besides the usual ones.
    pub response_headers: Vec<HeaderName>,
    /// Whether requests may wait for the answer to the same one.
    pub collapse: bool,
    /// Whether its answers are compressed.
    pub compress: bool,
    /// Whether a slash behind the path makes no difference here. The upstream gets the path as it came.
    pub trailing_slash: TrailingSlash,
    /// Its place in the table.
    pub index: usize,
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

/// Why no route was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// No route has this path.
    #[error("no route matches the path")]
    NotFound,
    /// The route does not have this method.
    #[error("the route does not allow the method")]
    MethodNotAllowed {
        /// The methods that it does allow.
        allowed: Vec<Method>,
    },
    /// The path has an encoded slash, and the route takes none.
    #[error("the route takes no encoded slash")]
    EncodedSlash,
}

/// All routes, compiled. Cheap to clone.
#[derive(Clone)]
pub struct RouteTable {
    /// Routes that share a path template stand together, told apart by method.
    router: Arc<Router<Vec<Arc<Route>>>>,
    routes: Arc<Vec<Arc<Route>>>,
    built_in: bool,
    open: bool,
}

/// A route that cannot stand in the table.
#[derive(Debug, thiserror::Error)]
#[error("route {path:?}: {problem}")]
pub struct RouteTableError {
    /// The route's template.
    pub path: String,
    /// The fault of the route.
    pub problem: String,
    /// Its place in the table.
    pub index: usize,
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
            select: None,
            list: None,
            limit: None,
            cache: CachePolicy { heuristic, ..CachePolicy::default() },
            tags: Vec::new(),
            invalidates: Vec::new(),
            response_headers: Vec::new(),
            collapse: true,
            compress: true,
            trailing_slash: TrailingSlash::Strict,
            index: 0,
        };
        // The one template is known to be valid; were it not, the table would be empty and answer 404.
        let mut table = Self::new(vec![everything]).unwrap_or_else(|_| Self {
            router: Arc::default(),
            routes: Arc::default(),
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
        let numbered = routes.into_iter().enumerate().map(|(index, route)| Route { index, ..route });
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
        Ok(Self { router: Arc::new(router), routes: Arc::new(routes), built_in: false, open: false })
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
        Ok(route)
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

impl Route {
    /// The templates that the route stands for.
    fn paths(&self) -> impl Iterator<Item = Cow<'_, str>> {
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

    fn wrong(&self, problem: String) -> RouteTableError {
        RouteTableError { path: self.path.clone(), problem, index: self.index }
    }
}

/// The router's refusal, with what is allowed.
fn told(err: &InsertError) -> String {
    match err {
        InsertError::Conflict { with } => format!(
            "it matches the same paths as {with:?}; routes of the same paths have the same names in braces"
        ),
        InsertError::InvalidParam => {
            "a parameter is a name in braces, such as {id} for a segment or {*rest} for the rest".to_owned()
        }
        InsertError::InvalidParamSegment => {
            "a segment has one parameter at most, such as {id} or {name}.json".to_owned()
        }
        InsertError::InvalidCatchAll => "{*name} stands at the end, behind a slash".to_owned(),
        other => other.to_string(),
    }
}

impl fmt::Debug for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes()).finish()
    }
}
