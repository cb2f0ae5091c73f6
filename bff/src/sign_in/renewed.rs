//! The outcome of a refresh: new tokens, and what the provider says of the person by now.

use serde_json::{Map, Value};

use crate::session::{PersonClaims, store::Session, tokens::Tokens};
use telemetry::security::SessionEnd;

/// New tokens, and the person as of them.
#[derive(Debug)]
pub struct Renewed {
    /// The tokens.
    pub tokens: Tokens,
    /// What becomes of the session.
    pub person: Reassessed,
}

/// What the provider says of a person whose tokens it has renewed.
#[derive(Debug, PartialEq, Eq)]
pub enum Reassessed {
    /// Nothing new: the provider was not asked, or could not be.
    AsBefore,
    /// These claims take the place of those that were kept.
    Claims(Map<String, Value>),
    /// The session must end.
    Ended(SessionEnd),
}

/// A person as a session knows them.
#[derive(Debug, Clone, Copy)]
pub struct KnownPerson<'a> {
    /// The person's id.
    pub id: &'a str,
    /// The claims that are kept of the person.
    pub claims: Option<&'a PersonClaims>,
}

impl<'a> KnownPerson<'a> {
    /// The person of `session`.
    #[must_use]
    pub fn of(session: &'a Session) -> Self {
        Self { id: &session.user.id, claims: session.claims.as_deref() }
    }

    /// The claims that the session keeps from now on. Class and time of the authentication stay: a refresh is none
    /// (OpenID Connect Core 1.0 §12.2).
    #[must_use]
    pub fn claims_after(self, person: &Reassessed) -> Option<Box<PersonClaims>> {
        let before = self.claims.cloned().unwrap_or_default();
        match person {
            Reassessed::Claims(named) => PersonClaims { named: named.clone(), ..before }.kept(),
            Reassessed::AsBefore | Reassessed::Ended(_) => before.kept(),
        }
    }
}
