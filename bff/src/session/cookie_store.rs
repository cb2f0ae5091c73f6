//! Sessions in the cookies of their browsers: the cookie is the session, sealed, and no store is asked.
//!
//! ```text
//! base64url( name (32 bytes, random) | session, sealed by `seal` under that name )
//! ```
//!
//! A process also remembers the newer state of sessions that it has seen ([`MemoryStore::merge`]). There, tokens are
//! renewed once for all requests, and uses and endings are recorded. An answer brings the newest state back in the
//! next cookie of the same name ([`Sessions::cookie_after`](super::Sessions::cookie_after)). State that was not brought back before the process ends
//! is lost, and so is the memory of ended sessions.

use std::{net::IpAddr, sync::Arc, time::SystemTime};

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use shared::SessionUser;

use super::{
    claims::PersonClaims,
    cookie::{COOKIE_MAX, CookieRule},
    current::Current,
    memory::MemoryStore,
    store::{Lifetimes, Session, Stored},
    tokens::Tokens,
};
use crate::keys::{
    Seal, Secret, SessionKeys, StoreKey,
    seal::{SealContext, SealError},
};
use http_message::unix_time::{from_millis, millis};

/// Bytes of a session's name.
const NAME_BYTES: usize = 32;

/// The purpose of the seal. It keeps its first name: another would not open the cookies that browsers hold.
const PURPOSE: &str = "carried";

/// Characters kept of the browser's `User-Agent`: enough for the usual ones.
const USER_AGENT_MAX: usize = 128;

/// Reasons why a session cannot be put into a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CookieStoreError {
    /// The cookie is too large: no browser would keep it.
    #[error(
        "the session makes a cookie of {cookie} bytes, over {COOKIE_MAX}: its access token has {access}, its refresh token {refresh}, its claims {claims}"
    )]
    TooLarge {
        /// Bytes of name and value.
        cookie: usize,
        /// Bytes of the access token.
        access: usize,
        /// Bytes of the refresh token.
        refresh: usize,
        /// Bytes of the configured claims.
        claims: usize,
    },
    /// There is no key, or no randomness.
    #[error("the session could not be sealed")]
    Seal,
}

/// Turns sessions into cookies, and cookies into sessions.
pub struct CookieStore {
    seal: Seal,
    /// The newer state of sessions that this process knows.
    pub(super) memory: Arc<MemoryStore>,
}

/// The sealed content. Its names are short, since all of it has to fit into a cookie.
#[derive(Serialize, Deserialize)]
struct SealedSession {
    #[serde(rename = "v")]
    version: u64,
    #[serde(rename = "h")]
    handle: String,
    /// Id, user name, name.
    #[serde(rename = "w")]
    who: (String, String, String),
    #[serde(rename = "t")]
    access: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
    #[serde(rename = "i")]
    issued: u64,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    provider_session: Option<String>,
    #[serde(rename = "c")]
    created: u64,
    #[serde(rename = "u")]
    last_used: u64,
    #[serde(rename = "b")]
    user_agent: String,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    /// Cookies of releases without claims have none.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    claims: Option<Box<PersonClaims>>,
}

impl CookieStore {
    /// Seals with the first of `keys` and opens with all; remembers at most `capacity` sessions.
    #[must_use]
    pub fn new(keys: &SessionKeys, lifetimes: Lifetimes, capacity: usize) -> Self {
        Self { seal: Seal::new(keys), memory: Arc::new(MemoryStore::merging(lifetimes, capacity)) }
    }

    /// The same sessions, sealed with the first of `keys` from now on.
    #[must_use]
    pub fn rekeyed(&self, keys: &SessionKeys) -> Self {
        Self { seal: Seal::new(keys), memory: Arc::clone(&self.memory) }
    }

    /// A name for a new session.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn name() -> Result<StoreKey, getrandom::Error> {
        let mut name = [0; NAME_BYTES];
        getrandom::fill(&mut name)?;
        Ok(StoreKey::from_bytes(name))
    }

    /// The `Set-Cookie` that gives a session to its browser.
    ///
    /// # Errors
    /// [`CookieStoreError`].
    pub fn set(
        &self,
        cookie: &CookieRule,
        name: &StoreKey,
        stored: &Stored,
    ) -> Result<HeaderValue, CookieStoreError> {
        let kept = serde_json::to_vec(&SealedSession::of(stored)).map_err(|_| CookieStoreError::Seal)?;
        let value = self.seal.seal_text(context_of(name), &kept)?;
        let Session { tokens, claims, .. } = &*stored.session;
        cookie.set_value(&value).ok_or_else(|| CookieStoreError::TooLarge {
            cookie: cookie.length_with(value.len()),
            access: tokens.access.expose().len(),
            refresh: tokens.refresh.as_ref().map_or(0, |token| token.expose().len()),
            claims: claims.as_ref().map_or(0, |claims| PersonClaims::length_of(&claims.named)),
        })
    }

    /// The session in a cookie's value, alive or not; `None` where none of our keys made it.
    #[must_use]
    pub fn open(&self, value: &str) -> Option<(StoreKey, Stored)> {
        if value.len() > COOKIE_MAX {
            return None;
        }
        let (name, content) = self.seal.open_text(PURPOSE, value)?;
        let kept: SealedSession = serde_json::from_slice(&content).ok()?;
        Some((name, kept.stored()))
    }

    /// The living session in a cookie's value, merged with its newer state.
    pub(super) fn find(&self, value: &str, now: SystemTime) -> Option<Current> {
        let (key, shown) = self.open(value)?;
        let stored = self.memory.merge(&key, &shown, now)?;
        Some(Current { key, stored })
    }
}

const fn context_of(name: &StoreKey) -> SealContext<'_> {
    // No version: an older cookie of the same session opens as well, and `merge` knows the newer state.
    SealContext { purpose: PURPOSE, name, version: 0 }
}

impl SealedSession {
    fn of(Stored { session, version }: &Stored) -> Self {
        let Session { user, tokens, .. } = &**session;
        Self {
            version: *version,
            handle: session.handle.clone(),
            who: (user.id.clone(), user.username.clone(), user.name.clone()),
            access: tokens.access.expose().to_owned(),
            refresh: tokens.refresh.as_ref().map(|token| token.expose().to_owned()),
            issued: millis(tokens.issued),
            expires: tokens.expires.map(millis),
            provider_session: session.provider_session.clone(),
            created: millis(session.created),
            last_used: millis(session.last_used),
            user_agent: session.user_agent.chars().take(USER_AGENT_MAX).collect(),
            address: session.address,
            claims: session.claims.clone(),
        }
    }

    fn stored(self) -> Stored {
        let (id, username, name) = self.who;
        let session = Session {
            handle: self.handle,
            user: SessionUser { id, username, name },
            tokens: Tokens {
                access: Secret::new(self.access),
                refresh: self.refresh.map(Secret::new),
                issued: from_millis(self.issued),
                expires: self.expires.map(from_millis),
            },
            provider_session: self.provider_session,
            claims: self.claims,
            created: from_millis(self.created),
            last_used: from_millis(self.last_used),
            user_agent: self.user_agent,
            address: self.address,
        };
        Stored { session: Arc::new(session), version: self.version }
    }
}

impl From<SealError> for CookieStoreError {
    fn from(_: SealError) -> Self {
        Self::Seal
    }
}

#[cfg(test)]
mod tests;
