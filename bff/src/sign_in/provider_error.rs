//! Errors of a provider.

use crate::session::tokens::Tokens;
use telemetry::security::printable;
use upstream::UpstreamError;

/// Reasons why there are no tokens. The texts are for the log, never for the browser.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider said no for good: wrong password, dead refresh token, tampered answer.
    #[error("refused: {0}")]
    Refused(String),
    /// The provider vouches for a person whom no rule of `BFF_ALLOW` admits. The tokens are to be revoked.
    #[error("not admitted: {} fits no rule of BFF_ALLOW", printable(.person))]
    NotAdmitted {
        /// The person's id.
        person: String,
        /// The tokens just issued.
        tokens: Box<Tokens>,
    },
    /// The provider gave no answer.
    #[error(transparent)]
    Unavailable(#[from] UpstreamError),
    /// The provider gave an answer that cannot be used.
    #[error("unusable answer: {0}")]
    Unusable(String),
}
