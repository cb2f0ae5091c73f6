//! Fields of a route that are about the person: the claims that they need.

use super::RequireFields;
use crate::{
    route_table::{ClaimRule, SessionPolicy},
    session::ClaimName,
};

/// The rule of `require`; `kept` are the claims that sessions keep, `None` without an OpenID provider.
pub(super) fn require(
    RequireFields { claim, any }: RequireFields,
    kept: Option<&[ClaimName]>,
) -> Result<Box<ClaimRule>, String> {
    let Some(kept) = kept else {
        return Err("require needs BFF_OIDC_ISSUER: the upstream's own login has no claims".to_owned());
    };
    if any.is_empty() || any.iter().any(String::is_empty) {
        return Err("require: any lists the values that will do, such as [\"admin\"]".to_owned());
    }
    let Some(claim) = kept.iter().find(|known| known.as_str() == claim) else {
        return Err(format!("require: the claim {claim:?} is not one of BFF_OIDC_CLAIMS"));
    };
    Ok(Box::new(ClaimRule { claim: claim.clone(), any }))
}

/// The session that a route asks for; what it needs of a person, it can know of one who is signed in alone.
pub(super) fn session(given: SessionPolicy, needs_person: bool) -> Result<SessionPolicy, String> {
    match given {
        SessionPolicy::None if needs_person => {
            Err("require needs a session, and session = \"none\" has none".to_owned())
        }
        _ if needs_person => Ok(SessionPolicy::Required),
        given => Ok(given),
    }
}
