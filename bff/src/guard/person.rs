//! Checks the person of a request against the terms of its route.

use crate::{route_table::Route, session::Current};

/// Reasons why a person may not do what they ask for.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// No claim of the person fits the route.
    #[error("the person has no value of the claim {0:?} that the route requires")]
    NoSuchClaim(String),
}

/// Checks that the person of `session` may use `route`. Somebody who is not signed in has no claims.
///
/// # Errors
/// [`PersonError`].
pub fn check(route: &Route, session: Option<&Current>) -> Result<(), PersonError> {
    let Some(rule) = &route.require else { return Ok(()) };
    let claims = session.and_then(|current| current.stored.session.claims.as_deref());
    if rule.fits(claims) { Ok(()) } else { Err(PersonError::NoSuchClaim(rule.claim.as_str().to_owned())) }
}
