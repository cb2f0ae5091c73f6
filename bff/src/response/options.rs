//! What an operator may say of answers.

use http::HeaderName;

/// What of an upstream's answers goes to the browser, beyond the standard.
#[derive(Debug, Clone)]
pub struct ResponseOptions {
    /// What becomes of a redirect to another server.
    pub foreign_redirects: ForeignRedirects,
    /// Response headers to let through besides the standard ones.
    pub extra_headers: Vec<HeaderName>,
    /// Largest answer whose fields are selected, in bytes; past it 502.
    pub select_max: u64,
}

/// What is done with a `Location` that leaves the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignRedirects {
    /// The answer becomes a 502: a redirect nobody expected is a way to lead users away.
    Refuse,
    /// The header passes as it is.
    Pass,
}
