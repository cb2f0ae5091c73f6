//! Reasons why a table finds no route, or cannot be made.

use http::Method;
use matchit::InsertError;

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
    /// The route lets no WebSocket be opened.
    #[error("the route takes no WebSocket")]
    NoWebsocket,
    /// The path has an encoded slash, and the route takes none.
    #[error("the route takes no encoded slash")]
    EncodedSlash,
    /// Another spelling of the path, which the upstream may take for the same, finds a route with other terms.
    #[error("another spelling of the path is on other terms")]
    OtherSpelling,
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

/// The router's refusal, with what is allowed.
pub(super) fn told(err: &InsertError) -> String {
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
