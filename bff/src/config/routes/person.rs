//! Fields of a route that are about the person: the claim and the sign-in that they need.

use std::time::Duration;

use serde::Deserialize;

use super::one_or_many::OneOrMany;
use crate::{
    route_table::{ClaimRule, SessionPolicy, StepUp},
    session::ClaimName,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequireFields {
    claim: String,
    any: Vec<String>,
}

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

/// The sign-in that `acr` and `max-age` ask for; `None` where neither is there.
pub(super) fn step_up(
    acr: Option<OneOrMany>,
    max_age: Option<Duration>,
    has_provider: bool,
) -> Result<Option<Box<StepUp>>, String> {
    if acr.is_none() && max_age.is_none() {
        return Ok(None);
    }
    if !has_provider {
        return Err("acr and max-age need BFF_OIDC_ISSUER: the upstream's own login tells neither".to_owned());
    }
    let is_given = acr.is_some();
    let acr = match acr {
        None => Vec::new(),
        Some(acr) => acr.into_list(),
    };
    if is_given && acr.is_empty() {
        return Err("acr names no class".to_owned());
    }
    // They are listed by space, and quoted in a header field.
    let is_class = |acr: &String| {
        !acr.is_empty() && acr.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
    };
    if let Some(wrong) = acr.iter().find(|acr| !is_class(acr)) {
        return Err(format!("acr names {wrong:?}, which is no class such as \"urn:example:mfa\""));
    }
    if max_age.is_some_and(|age| age.subsec_nanos() > 0) {
        return Err("max-age must be whole seconds".to_owned());
    }
    Ok(Some(Box::new(StepUp { acr, max_age })))
}

/// The session that a route asks for; what it needs of a person, it can know of one who is signed in alone.
pub(super) fn session(given: SessionPolicy, needs_person: bool) -> Result<SessionPolicy, String> {
    match given {
        SessionPolicy::None if needs_person => {
            Err("require, acr and max-age need a session, and session = \"none\" has none".to_owned())
        }
        _ if needs_person => Ok(SessionPolicy::Required),
        given => Ok(given),
    }
}
