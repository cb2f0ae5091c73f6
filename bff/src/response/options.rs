//! Settings of an operator for answers.

use http::HeaderName;

/// Settings for the upstream's answers to the browser, beyond the standard.
#[derive(Debug, Clone)]
pub struct ResponseOptions {
    /// The treatment of a redirect to another server.
    pub foreign_redirects: ForeignRedirects,
    /// Response headers to let through besides the standard ones.
    pub extra_headers: Vec<HeaderName>,
    /// Largest answer whose fields are selected, in bytes; past it 502.
    pub select_max: u64,
    /// Whether answers are compressed.
    pub compress: bool,
}

/// The treatment of a `Location` that leaves the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignRedirects {
    /// The answer becomes a 502: an unexpected redirect is a way to lead users away.
    Refuse,
    /// The header passes as it is.
    Pass,
}
