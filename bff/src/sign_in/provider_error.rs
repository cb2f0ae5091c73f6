//! Errors of a provider.

use upstream::UpstreamError;

/// Reasons why there are no tokens. The texts are for the log, never for the browser.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider said no for good: wrong password, dead refresh token, tampered answer.
    #[error("refused: {0}")]
    Refused(String),
    /// The provider gave no answer.
    #[error(transparent)]
    Unavailable(#[from] UpstreamError),
    /// The provider gave an answer that cannot be used.
    #[error("unusable answer: {0}")]
    Unusable(String),
}
