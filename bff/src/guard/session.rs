//! In whose name a request goes: the session that its cookie names, as far as the route wants one.

use std::time::SystemTime;

use http::HeaderMap;

use crate::{
    response::problem::Failure,
    session::{Current, Sessions},
};

/// What a route wants of a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionPolicy {
    /// Nothing: no token goes along, whoever asks.
    None,
    /// The token of whoever is signed in.
    #[default]
    Optional,
    /// Somebody has to be signed in.
    Required,
}

/// The session in whose name a request with these fields goes.
///
/// A request that names a session which has ended does not go on in nobody's name: whoever sent it believes to be
/// somebody.
///
/// # Errors
/// [`Failure::Unauthenticated`] where a session is required or named, and there is none.
pub async fn admit(
    policy: SessionPolicy,
    headers: &HeaderMap,
    sessions: &Sessions,
) -> Result<Option<Current>, Failure> {
    if policy == SessionPolicy::None {
        return Ok(None);
    }
    match sessions.find(headers, SystemTime::now()).await? {
        None if policy == SessionPolicy::Required || sessions.is_claimed(headers) => {
            Err(Failure::Unauthenticated)
        }
        found => Ok(found),
    }
}
