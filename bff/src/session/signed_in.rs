//! The outcome of a sign-in.

use shared::SessionUser;

use super::{claims::PersonClaims, tokens::Tokens};

/// The result of a finished sign-in.
#[derive(Debug)]
pub struct SignedIn {
    /// The person.
    pub user: SessionUser,
    /// The tokens for the upstream.
    pub tokens: Tokens,
    /// The provider's own name for its session (`sid`), by which it may end ours.
    pub provider_session: Option<String>,
    /// The provider's claims about the person that the session keeps.
    pub claims: Option<Box<PersonClaims>>,
}
