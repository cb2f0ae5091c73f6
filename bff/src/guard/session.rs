//! Finds the session that a request's cookie names, as far as the route wants one.

use std::time::SystemTime;

use http_message::HeaderBlock;

use crate::{
    redis::StoreError,
    route_table::SessionPolicy,
    session::{Current, Sessions},
};

/// Reasons why a request has no session to go on with.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The route requires a session or the request names one, and none is alive.
    #[error("nobody is signed in")]
    Unauthenticated,
    /// The store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds the session of a request with these fields.
///
/// A request that names an ended session does not go on without one: its sender believes to be signed in.
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
