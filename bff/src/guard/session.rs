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
/// # Errors
/// [`Failure::Unauthenticated`] where one is required and there is none.
pub async fn admit(
    policy: SessionPolicy,
    headers: &HeaderMap,
    sessions: &Sessions,
) -> Result<Option<Current>, Failure> {
    if policy == SessionPolicy::None {
        return Ok(None);
    }
    match sessions.find(headers, SystemTime::now()).await? {
        None if policy == SessionPolicy::Required => Err(Failure::Unauthenticated),
        found => Ok(found),
    }
}
