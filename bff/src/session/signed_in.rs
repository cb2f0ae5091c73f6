//! The outcome of a sign-in.

use shared::SessionUser;

use super::tokens::Tokens;

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
