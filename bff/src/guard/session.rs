//! In whose name a request goes: the session that its cookie names, as far as the route wants one.

use std::time::SystemTime;

use http_message::HeaderBlock;

use crate::{
    redis::StoreError,
    route_table::SessionPolicy,
    session::{Current, Sessions},
};

/// Why a request has no session to go on with.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// A session is required or named, and there is none.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The session in whose name a request with these fields goes.
///
/// A request that names a session which has ended does not go on in nobody's name: whoever sent it believes to be
/// somebody.
///
/// # Errors
/// [`SessionError`].
pub async fn admit(
    policy: SessionPolicy,
    headers: &HeaderBlock,
    sessions: &Sessions,
) -> Result<Option<Current>, SessionError> {
    if policy == SessionPolicy::None {
        return Ok(None);
    }
    match sessions.find(headers, SystemTime::now()).await? {
        None if policy == SessionPolicy::Required || sessions.is_claimed(headers) => {
            Err(SessionError::Unauthenticated)
        }
        found => Ok(found),
    }
}
