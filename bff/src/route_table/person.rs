//! Terms of a route that are about the person.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::session::{ClaimName, PersonClaims};

/// A claim that a person has to have with one of some values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimRule {
    /// The claim, one of those that sessions keep.
    pub claim: ClaimName,
    /// The values, of which any one will do.
    pub any: Vec<String>,
}

impl ClaimRule {
    /// Whether a person with these claims fits.
    #[must_use]
    pub fn fits(&self, claims: Option<&PersonClaims>) -> bool {
        let value = claims.and_then(|claims| claims.named.get(self.claim.as_str()));
        value.is_some_and(|value| {
            self.claim.any_text(value, |text| self.any.iter().any(|wanted| wanted == text))
        })
    }
}

/// The authentication that a person has to have proved who they are by (RFC 9470).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepUp {
    /// The classes, of which any one will do; empty: any class.
    pub acr: Vec<String>,
    /// The longest time since then, in whole seconds; `None`: any.
    pub max_age: Option<Duration>,
}

impl StepUp {
    /// Whether a person with these claims has done so at `now`. A time that the provider does not say is too long ago.
    #[must_use]
    pub fn is_fulfilled(&self, claims: Option<&PersonClaims>, now: SystemTime) -> bool {
        let acr = claims.and_then(|claims| claims.acr.as_ref());
        let auth_time = claims.and_then(|claims| claims.auth_time);
        let is_recent = |age: Duration| {
            let ends = auth_time
                .and_then(|time| UNIX_EPOCH.checked_add(Duration::from_secs(time).saturating_add(age)));
            ends.is_some_and(|ends| now <= ends)
        };
        let is_strong = self.acr.is_empty() || acr.is_some_and(|acr| self.acr.contains(acr));
        is_strong && self.max_age.is_none_or(is_recent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authentication_counts_by_its_class_and_its_time() {
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        let claims = |acr: Option<&str>, auth_time| PersonClaims {
            acr: acr.map(str::to_owned),
            auth_time,
            ..PersonClaims::default()
        };
        let needs = |acr: &[&str], age: Option<u64>| StepUp {
            acr: acr.iter().map(|acr| (*acr).to_owned()).collect(),
            max_age: age.map(Duration::from_secs),
        };
        for (step_up, claims, is) in [
            (needs(&["mfa"], None), claims(Some("mfa"), None), true),
            (needs(&["mfa", "key"], None), claims(Some("key"), None), true),
            (needs(&["mfa"], None), claims(Some("pin"), Some(1000)), false),
            (needs(&["mfa"], None), claims(None, Some(1000)), false),
            (needs(&[], Some(60)), claims(None, Some(940)), true),
            (needs(&[], Some(60)), claims(None, Some(939)), false),
            (needs(&[], Some(60)), claims(None, Some(2000)), true),
            (needs(&[], Some(60)), claims(Some("mfa"), None), false),
            (needs(&[], Some(60)), claims(None, Some(u64::MAX - 60)), false),
            (needs(&["mfa"], Some(60)), claims(Some("mfa"), Some(1)), false),
        ] {
            assert_eq!(step_up.is_fulfilled(Some(&claims), at(1000)), is, "{step_up:?} {claims:?}");
            assert!(!step_up.is_fulfilled(None, at(1000)));
        }
    }
}
