//! Checks the person of a request against the terms of its route.

use std::time::SystemTime;

use crate::{
    route_table::{Route, StepUp},
    session::Current,
};

/// Reasons why a person may not do what they ask for.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// No claim of the person fits the route.
    #[error("the person has no value of the claim {0:?} that the route requires")]
    NoSuchClaim(String),
    /// The person has to sign in anew, or in a stronger way.
    #[error("the route needs a fresher or a stronger sign-in")]
    StepUpRequired(Box<StepUp>),
}

/// Checks that the person of `session` may use `route` at `now`. Somebody who is not signed in has no claims.
///
/// # Errors
/// [`PersonError`]. Nobody is asked to sign in anew for what they may not do anyway.
pub fn check(route: &Route, session: Option<&Current>, now: SystemTime) -> Result<(), PersonError> {
    let claims = session.and_then(|current| current.stored.session.claims.as_deref());
    if let Some(rule) = route.require.as_ref().filter(|rule| !rule.fits(claims)) {
        return Err(PersonError::NoSuchClaim(rule.claim.as_str().to_owned()));
    }
    match &route.step_up {
        Some(step_up) if !step_up.is_fulfilled(claims, now) => {
            Err(PersonError::StepUpRequired(step_up.clone()))
        }
        _ => Ok(()),
    }
}
