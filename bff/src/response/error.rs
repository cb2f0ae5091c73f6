//! Reasons why an answer of the upstream does not go to the browser.

/// Why an answer cannot leave. The texts are for the log, never for the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// A route's `select` applies, and the answer is not JSON that can be selected from.
    #[error("the answer cannot be selected from: {0}")]
    NotSelectable(&'static str),
    /// The upstream redirects to another server.
    #[error("the upstream redirects to another server")]
    ForeignRedirect,
}
