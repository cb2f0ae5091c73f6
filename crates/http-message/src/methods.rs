//! The known HTTP methods.

use http::Method;

/// The methods of a route that names none.
pub const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// The longest method name, in bytes; the longest that is registered (`UPDATEREDIRECTREF`) has 17.
pub const METHOD_MAX: usize = 32;
