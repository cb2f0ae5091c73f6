//! Terms of a route that are about the person.

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
