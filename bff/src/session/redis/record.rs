//! The record of a session in Redis: a hash with five fields.
//!
//! | field | |
//! |---|---|
//! | `v` | the version of its tokens |
//! | `c`, `u` | begin and last use in milliseconds since 1970, for the scripts that judge its life |
//! | `p` | the person, and the place and time of the begin, sealed |
//! | `t` | its tokens, and the claims that came with them, sealed with the version |
//!
//! `u` and `c` are readable. A writer in Redis can keep a session from ending idle, but not beyond its greatest age,
//! which is counted from `p`.

use std::sync::Arc;

use redis::{FromRedisValue, ParsingError, Value};
use serde::{Deserialize, Serialize};
use shared::SessionUser;

use super::super::{
    claims::PersonClaims,
    store::{Session, Stored},
    tokens::Tokens,
};
use crate::keys::{
    Seal, Secret, StoreKey,
    seal::{SealContext, SealError},
};
use http_message::unix_time::{from_millis, millis};

/// The fields, in the order in which every script returns them.
pub(super) const FIELDS: &[&str] = &["v", "c", "u", "p", "t"];

/// A session's fields as Redis returns them; all empty where there is none.
#[derive(Debug, Default)]
pub(super) struct Fields {
    version: Option<u64>,
    last_used: Option<u64>,
    person: Option<Vec<u8>>,
    tokens: Option<Vec<u8>>,
}

impl Fields {
    pub(super) const fn is_there(&self) -> bool {
        self.person.is_some()
    }
}

impl FromRedisValue for Fields {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let fields: Vec<Option<Vec<u8>>> = FromRedisValue::from_redis_value(value)?;
        let mut fields = fields.into_iter();
        let mut next = || fields.next().flatten();
        let number = |bytes: Option<Vec<u8>>| std::str::from_utf8(&bytes?).ok()?.parse().ok();
        let (version, _created, last_used) = (number(next()), next(), number(next()));
        Ok(Self { version, last_used, person: next(), tokens: next() })
    }
}

/// The content of `p`.
#[derive(Serialize, Deserialize)]
struct Person {
    handle: String,
    user: SessionUser,
    provider_session: Option<String>,
    created: u64,
    user_agent: String,
    address: Option<std::net::IpAddr>,
}

/// The content of `t`.
#[derive(Serialize, Deserialize)]
struct KeptTokens {
    access: String,
    refresh: Option<String>,
    issued: u64,
    expires: Option<u64>,
    /// Records of releases without claims have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claims: Option<Box<PersonClaims>>,
}

/// Seals sessions and opens them.
pub(super) struct Records(Seal);

impl Records {
    pub(super) const fn new(seal: Seal) -> Self {
        Self(seal)
    }

    pub(super) const fn seal(&self) -> &Seal {
        &self.0
    }

    /// Seals `p` and `t` of a new session.
    pub(super) fn seal_session(
        &self,
        name: &StoreKey,
        session: &Session,
    ) -> Result<(Vec<u8>, Vec<u8>), SealError> {
        let person = Person {
            handle: session.handle.clone(),
            user: session.user.clone(),
            provider_session: session.provider_session.clone(),
            created: millis(session.created),
            user_agent: session.user_agent.clone(),
            address: session.address,
        };
        Ok((
            self.put(person_of(name), &person)?,
            self.seal_tokens(name, 0, &session.tokens, session.claims.as_deref())?,
        ))
    }

    /// Seals `t` of that version.
    pub(super) fn seal_tokens(
        &self,
        name: &StoreKey,
        version: u64,
        tokens: &Tokens,
        claims: Option<&PersonClaims>,
    ) -> Result<Vec<u8>, SealError> {
        let tokens = KeptTokens {
            access: tokens.access.expose().to_owned(),
            refresh: tokens.refresh.as_ref().map(|token| token.expose().to_owned()),
            issued: millis(tokens.issued),
            expires: tokens.expires.map(millis),
            claims: claims.cloned().map(Box::new),
        };
        self.put(tokens_of(name, version), &tokens)
    }

    /// Opens the session in the fields under `name`; `None` where there is none, or it is not ours.
    pub(super) fn open(&self, name: &StoreKey, fields: &Fields) -> Option<Stored> {
        let version = fields.version?;
        let person: Person = self.take(person_of(name), fields.person.as_deref()?)?;
        let tokens: KeptTokens = self.take(tokens_of(name, version), fields.tokens.as_deref()?)?;
        let session = Session {
            handle: person.handle,
            user: person.user,
            tokens: Tokens {
                access: Secret::new(tokens.access),
                refresh: tokens.refresh.map(Secret::new),
                issued: from_millis(tokens.issued),
                expires: tokens.expires.map(from_millis),
            },
            provider_session: person.provider_session,
            claims: tokens.claims,
            created: from_millis(person.created),
            last_used: from_millis(fields.last_used?),
            user_agent: person.user_agent,
            address: person.address,
        };
        Some(Stored { session: Arc::new(session), version })
    }

    fn put(&self, place: SealContext<'_>, value: &impl Serialize) -> Result<Vec<u8>, SealError> {
        self.0.seal(place, &serde_json::to_vec(value).map_err(|_| SealError)?)
    }

    fn take<T: for<'de> Deserialize<'de>>(&self, place: SealContext<'_>, sealed: &[u8]) -> Option<T> {
        serde_json::from_slice(&self.0.open(place, sealed)?).ok()
    }
}

const fn person_of(name: &StoreKey) -> SealContext<'_> {
    SealContext { purpose: "person", name, version: 0 }
}

const fn tokens_of(name: &StoreKey, version: u64) -> SealContext<'_> {
    SealContext { purpose: "tokens", name, version }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_without_claims_are_those_of_the_release_before() {
        let before = r#"{"access":"a","refresh":"r","issued":1,"expires":null}"#;
        let kept: KeptTokens = serde_json::from_str(before).unwrap();
        assert_eq!(kept.claims, None);
        assert_eq!(serde_json::to_string(&kept).unwrap(), before);
    }
}
