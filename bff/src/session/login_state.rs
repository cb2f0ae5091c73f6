//! The state of a sign-in under way. It is sealed into a cookie of its own, which binds it to the browser that began it.
//! The server keeps nothing of it: strangers who begin sign-ins without end take no room from others.
//!
//! ```text
//! bff-login-TAG = base64url( name (32 bytes) | nonce, verifier, way back, sealed under that name )
//! ```
//!
//! The name is a hash of the state that comes back in the callback, and the tag is its beginning. Only a finished sign-in
//! is remembered, until it would have ended, so that it is used once.

use std::time::{Duration, SystemTime};

use http::HeaderValue;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    cookie::CookieRule,
    cookie_store::CookieStoreError,
    sessions::{BeginError, Sessions},
    store::Term,
};
use crate::{
    keys::{Secret, StoreKey, seal::SealContext},
    redis::StoreError,
};
use http_message::{
    HeaderBlock,
    unix_time::{from_millis, millis},
};

/// Time that a person may take at the provider.
pub const LOGIN_STATE_LIFE: Duration = Duration::from_secs(600);

/// Most sign-ins under way in one browser: the oldest gives way. All their cookies go with every request.
const UNDER_WAY_MAX: usize = 5;

/// The longest way back in bytes; a longer one leads to `/`. Five cookies have to fit into the 8 KiB that proxies take.
const RETURN_URL_MAX: usize = 512;

/// Most cookies of sign-ins that are looked at in one request. A browser with more of them was given them by a stranger.
const COOKIES_MAX: usize = 32;

/// Characters of a name in its cookie's name.
const TAG_CHARS: usize = 16;

/// The purpose of the seal.
const PURPOSE: &str = "sign-in under way";

/// A sign-in at an OpenID provider that has begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginState {
    /// The state, which comes back in the callback and identifies this sign-in.
    pub state: Secret,
    /// The nonce, which comes back in the ID token.
    pub nonce: Secret,
    /// The verifier, which proves to the provider that we began (PKCE, RFC 7636).
    pub verifier: Secret,
    /// The local path to go to afterwards.
    pub return_url: String,
    /// The browser's session until then, which ends when the sign-in does. It is recorded at the beginning: its
    /// cookie does not come along when the provider sends the browser back.
    pub replaces: Option<StoreKey>,
    /// The moment since which the person has to have proved who they are, in seconds since 1970, where the sign-in asks
    /// for one.
    pub auth_since: Option<u64>,
}

/// A sign-in whose browser has come back.
#[derive(Debug)]
pub struct ReturnedLogin {
    /// What was sealed at its beginning.
    pub state: LoginState,
    name: StoreKey,
    ends: SystemTime,
}

/// The sealed content; the state itself is not in it.
#[derive(Serialize, Deserialize)]
struct SealedLogin {
    nonce: String,
    verifier: String,
    return_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_since: Option<u64>,
    ends: u64,
}

impl Sessions {
    /// The `Set-Cookie` fields of a sign-in that begins at `now`: its own first, then those that give way.
    ///
    /// # Errors
    /// [`BeginError`].
    pub fn begin_login(
        &self,
        login: LoginState,
        headers: &HeaderBlock,
        now: SystemTime,
    ) -> Result<Vec<HeaderValue>, BeginError> {
        let Some(cookie) = &self.login_cookie else { return Err(BeginError::Insecure) };
        let name = name_of(login.state.expose());
        let fits = login.return_url.len() <= RETURN_URL_MAX;
        let sealed = SealedLogin {
            nonce: login.nonce.expose().to_owned(),
            verifier: login.verifier.expose().to_owned(),
            return_url: if fits { login.return_url } else { "/".to_owned() },
            replaces: login.replaces.map(|key| key.to_text()),
            auth_since: login.auth_since,
            ends: millis(now + LOGIN_STATE_LIFE),
        };
        let content = serde_json::to_vec(&sealed).map_err(|_| CookieStoreError::Seal)?;
        let value = self.seal.seal_text(context_of(&name), &content).map_err(CookieStoreError::from)?;
        let own = cookie.suffixed(&tag_of(&name)).set_value(&value);
        Ok(own.into_iter().chain(self.giving_way(cookie, headers, now)).collect())
    }

    /// The fields that remove what gives way to a new sign-in. Those are the oldest where there are too many, and
    /// cookies that have ended or were never ours.
    fn giving_way(&self, cookie: &CookieRule, headers: &HeaderBlock, now: SystemTime) -> Vec<HeaderValue> {
        let mut living = Vec::new();
        let mut gone = Vec::new();
        for (tag, value) in cookie.with_suffixes(headers).filter(|(tag, _)| is_tag(tag)).take(COOKIES_MAX) {
            match self.open_login(value).filter(|(name, login)| tag_of(name) == tag && ends_of(login) > now) {
                Some((_, login)) => living.push((login.ends, tag)),
                None => gone.push(tag),
            }
        }
        living.sort_unstable();
        let surplus = (living.len() + 1).saturating_sub(UNDER_WAY_MAX);
        gone.extend(living.into_iter().take(surplus).map(|(_, tag)| tag));
        gone.into_iter().filter_map(|tag| cookie.suffixed(tag).remove()).collect()
    }

    /// The sign-in of that `state`, if this browser has begun it and it lives at `now`.
    #[must_use]
    pub fn returned_login(
        &self,
        headers: &HeaderBlock,
        state: &str,
        now: SystemTime,
    ) -> Option<ReturnedLogin> {
        let name = name_of(state);
        let cookie = self.login_cookie.as_ref()?.suffixed(&tag_of(&name));
        let (sealed_under, login) = self.open_login(cookie.value(headers)?)?;
        let ends = ends_of(&login);
        if sealed_under != name || ends <= now {
            return None;
        }
        let state = LoginState {
            state: Secret::new(state),
            nonce: Secret::new(login.nonce),
            verifier: Secret::new(login.verifier),
            return_url: login.return_url,
            replaces: login.replaces.and_then(|name| StoreKey::from_text(&name)),
            auth_since: login.auth_since,
        };
        Some(ReturnedLogin { state, name, ends })
    }

    /// Uses a sign-in up, once for all replicas; false if it was used before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_up(&self, login: &ReturnedLogin, now: SystemTime) -> Result<bool, StoreError> {
        let id = format!("login:{}", login.name.to_text());
        self.store.is_first(&id, Term { now, ends: login.ends }).await
    }

    /// The `Set-Cookie` that removes a sign-in's cookie.
    #[must_use]
    pub fn remove_login(&self, login: &ReturnedLogin) -> Option<HeaderValue> {
        self.login_cookie.as_ref()?.suffixed(&tag_of(&login.name)).remove()
    }

    fn open_login(&self, value: &str) -> Option<(StoreKey, SealedLogin)> {
        let (name, content) = self.seal.open_text(PURPOSE, value)?;
        Some((name, serde_json::from_slice(&content).ok()?))
    }
}

fn name_of(state: &str) -> StoreKey {
    StoreKey::from_bytes(Sha256::digest(state.as_bytes()).into())
}

fn tag_of(name: &StoreKey) -> String {
    name.to_text().chars().take(TAG_CHARS).collect()
}

/// Whether a cookie's suffix can be a tag. What is none is not repeated in an answer.
fn is_tag(suffix: &str) -> bool {
    suffix.len() == TAG_CHARS
        && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn ends_of(login: &SealedLogin) -> SystemTime {
    from_millis(login.ends)
}

const fn context_of(name: &StoreKey) -> SealContext<'_> {
    SealContext { purpose: PURPOSE, name, version: 0 }
}

#[cfg(test)]
mod tests;
