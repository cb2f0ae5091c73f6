//! Why a provider does not vouch for a person.

use upstream::UpstreamError;

/// Why there are no tokens. The texts are for the log, never for the browser.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It said no for good: wrong password, dead refresh token, tampered answer.
    #[error("refused: {0}")]
    Refused(String),
    /// It gave no answer.
    #[error(transparent)]
    Unavailable(#[from] UpstreamError),
    /// It gave an answer that cannot be used.
    #[error("unusable answer: {0}")]
    Unusable(String),
}
