//! Who says that a person is who they claim to be, and hands out the tokens: the upstream's own login endpoint
//! ([`credentials`]) or an OpenID provider.

pub mod credentials;

use shared::SessionUser;

use super::tokens::Tokens;
use crate::upstream::UpstreamError;

/// What a finished sign-in brings.
#[derive(Debug)]
pub struct SignedIn {
    /// Who it is.
    pub user: SessionUser,
    /// For the upstream.
    pub tokens: Tokens,
    /// The provider's own name for its session (`sid`), by which it may end ours.
    pub provider_session: Option<String>,
}

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
