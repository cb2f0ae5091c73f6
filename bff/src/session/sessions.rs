//! All sessions of a server: found by a request's cookie, begun, used, listed and ended.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderValue;
use shared::OwnSession;

use super::{
    cookie::CookieRule,
    store::{Lifetimes, Owner, PER_USER_MAX, Session, SessionStore, Stored},
};
use crate::{
    keys::{Seal, SessionId, SessionKeys, StoreKey},
    redis::StoreError,
    session::{
        Current, Device, SignedIn,
        cookie_store::{CookieStore, CookieStoreError},
        endings::Endings,
        flowing::Flowing,
        options::RECHECK_EVERY,
        tokens::Tokens,
    },
};
use http_message::{HeaderBlock, unix_time::seconds};
use telemetry::security::{self, SessionEnd};

/// Characters kept of a browser's `User-Agent`.
const USER_AGENT_MAX: usize = 256;

/// Bytes of a session's handle.
const HANDLE_BYTES: usize = 12;

/// All sessions of this server. Cheap to clone; shared by all workers.
#[derive(Clone)]
pub struct Sessions {
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) keys: Arc<SessionKeys>,
    /// Seals sign-ins under way.
    pub(super) seal: Arc<Seal>,
    pub(super) lifetimes: Lifetimes,
    pub(super) cookie: Option<CookieRule>,
    pub(super) login_cookie: Option<CookieRule>,
    pub(super) endings: Endings,
    /// What flows in sessions' names.
    pub(super) flowing: Flowing,
    /// Time between two looks at the session of content that flows.
    pub(super) recheck: Duration,
    /// The cookie store, where browsers keep their sessions.
    pub(super) cookie_store: Option<Arc<CookieStore>>,
}

/// Reasons why a session cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The cookie could be read on the way.
    #[error("sign-in needs https, or a loopback address")]
    Insecure,
    /// The cookie would be too large, or cannot be made.
    #[error(transparent)]
    Cookie(#[from] CookieStoreError),
    /// The store has no room, or is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system gave no randomness.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
}

impl Sessions {
    /// Sessions in `store`. Without `cookies` (for the session, for a sign-in under way) signing in is not possible.
    #[must_use]
    pub fn new(
        store: Arc<dyn SessionStore>,
        keys: Arc<SessionKeys>,
        lifetimes: Lifetimes,
        cookies: Option<(CookieRule, CookieRule)>,
    ) -> Self {
        let (cookie, login_cookie) = cookies.unzip();
        let seal = Arc::new(Seal::new(&keys));
        let endings = Endings::default();
        Self {
            store,
            keys,
            seal,
            lifetimes,
            cookie,
            login_cookie,
            endings,
            flowing: Flowing::default(),
            recheck: RECHECK_EVERY,
            cookie_store: None,
        }
    }

    /// The same sessions, whose ends are told to `endings`. Their store tells it by itself of those that it notices.
    #[must_use]
    pub fn telling(self, endings: Endings) -> Self {
        if let Some(cookie_store) = &self.cookie_store {
            cookie_store.memory.tell(endings.clone());
        }
        Self { endings, ..self }
    }

    /// The same sessions, which are looked at so often while content flows in their names.
    #[must_use]
    pub fn rechecked(self, recheck: Duration) -> Self {
        Self { recheck, ..self }
    }

    /// The same sessions by other keys. Those in Redis come with the `store` that has the keys.
    #[must_use]
    pub fn rekeyed(&self, keys: Arc<SessionKeys>, store: Option<Arc<dyn SessionStore>>) -> Self {
        let rekeyed = |kept: &Arc<CookieStore>| Arc::new(kept.rekeyed(&keys));
        Self {
            cookie_store: self.cookie_store.as_ref().map(rekeyed),
            store: store.unwrap_or_else(|| Arc::clone(&self.store)),
            seal: Arc::new(Seal::new(&keys)),
            keys,
            ..self.clone()
        }
    }

    /// Ends what flows in the names of sessions, where one of their keys is not among `keys` any more: sessions by that key are
    /// gone. Browsers whose session goes on ask again.
    pub fn end_flows_without(&self, keys: &SessionKeys) {
        if !self.keys.are_all_among(keys) {
            self.flowing.end_all();
        }
    }

    /// The store of the sessions.
    #[must_use]
    pub fn store(&self) -> &dyn SessionStore {
        &*self.store
    }

    /// The lifetimes of the sessions.
    #[must_use]
    pub const fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }

    /// The session's cookie; `None` where signing in is not possible.
    #[must_use]
    pub const fn cookie(&self) -> Option<&CookieRule> {
        self.cookie.as_ref()
    }

    /// Whether a request claims to belong to a session, alive or not.
    #[must_use]
    pub fn is_claimed(&self, headers: &HeaderBlock) -> bool {
        let Some(cookie) = &self.cookie else { return false };
        if self.are_in_cookies() {
            // A value that no key opens is a claim as well: its sender believes to be signed in.
            return cookie.value(headers).is_some_and(|value| !value.is_empty());
        }
        cookie.read(headers).is_some()
    }

    /// The living session that a request's cookie names.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find(&self, headers: &HeaderBlock, now: SystemTime) -> Result<Option<Current>, StoreError> {
        if let Some(cookie_store) = &self.cookie_store {
            let value = self.cookie.as_ref().and_then(|cookie| cookie.value(headers));
            return Ok(value.and_then(|value| cookie_store.find(value, now)));
        }
        let Some(id) = self.cookie.as_ref().and_then(|cookie| cookie.read(headers)) else { return Ok(None) };
        for key in self.keys.names(&id) {
            if let Some(stored) = self.store.get(&key, now).await? {
                return Ok(Some(Current { key, stored }));
            }
        }
        Ok(None)
    }

    /// Records that a session is used at `now`. Only a session that has proved useful is touched: a failed refresh
    /// prolongs nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn touch(&self, current: &Current, now: SystemTime) -> Result<(), StoreError> {
        let used = current.stored.session.last_used;
        if now.duration_since(used).unwrap_or_default() >= self.lifetimes.touch_after() {
            self.store.touch(&current.key, now).await?;
        }
        Ok(())
    }

    /// Begins a session under a new id, for the browser that gets the `Set-Cookie`. The browser's previous session
    /// (`replaced`) ends.
    ///
    /// # Errors
    /// [`BeginError`].
    pub async fn begin(
        &self,
        signed_in: SignedIn,
        device: Device,
        replaced: impl IntoIterator<Item = StoreKey>,
        now: SystemTime,
    ) -> Result<(Option<HeaderValue>, Session), BeginError> {
        let Some(cookie) = &self.cookie else { return Err(BeginError::Insecure) };
        let SignedIn { user, tokens, provider_session, claims } = signed_in;
        let mut handle = [0; HANDLE_BYTES];
        getrandom::fill(&mut handle)?;
        let session = Session {
            handle: URL_SAFE_NO_PAD.encode(handle),
            user,
            tokens,
            provider_session,
            claims,
            created: now,
            last_used: now,
            user_agent: device.user_agent.chars().take(USER_AGENT_MAX).collect(),
            address: device.address,
        };
        let (key, field) = self.name(cookie, &session)?;
        for replaced in replaced {
            let before = self.store.delete(&replaced).await?;
            self.flowing.end(&replaced);
            let Some(before) = before else { continue };
            // Providers revoke all tokens of their own session together, those of the new sign-in among them.
            if before.provider_session.is_some() && before.provider_session == session.provider_session {
                security::session_ended(&before.user.id, &before.handle, SessionEnd::Replaced);
            } else {
                self.endings.tell(&before, SessionEnd::Replaced);
            }
        }
        self.make_room_for(&session.user.id, now).await?;
        self.store.create(key, session.clone()).await?;
        Ok((field, session))
    }

    /// The name of a new session, and the `Set-Cookie` that holds its id or the session itself.
    fn name(
        &self,
        cookie: &CookieRule,
        session: &Session,
    ) -> Result<(StoreKey, Option<HeaderValue>), BeginError> {
        if let Some(cookie_store) = &self.cookie_store {
            let key = CookieStore::name()?;
            let stored = Stored { session: Arc::new(session.clone()), version: 0 };
            let field = cookie_store.set(cookie, &key, &stored)?;
            return Ok((key, Some(field)));
        }
        let id = SessionId::random()?;
        let Some(key) = self.keys.name(&id) else { return Err(getrandom::Error::UNSUPPORTED.into()) };
        Ok((key, cookie.set(&id)))
    }

    /// Ends the person's least recently used session, where there are too many.
    async fn make_room_for(&self, user: &str, now: SystemTime) -> Result<(), StoreError> {
        let mut own = self.store.list(&Owner::User(user.to_owned()), now).await?;
        own.sort_by_key(|(_, session)| session.last_used);
        let surplus = (own.len() + 1).saturating_sub(PER_USER_MAX);
        for (key, _) in own.into_iter().take(surplus) {
            self.end(&key, SessionEnd::Replaced).await?;
        }
        Ok(())
    }

    /// Ends a session, logs it, and has its refresh token revoked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end(&self, key: &StoreKey, reason: SessionEnd) -> Result<(), StoreError> {
        let session = self.store.delete(key).await?;
        self.flowing.end(key);
        if let Some(session) = session {
            self.endings.tell(&session, reason);
        }
        Ok(())
    }

    /// Ends a session if its tokens are still of `version`; false if they are not, or there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_version(
        &self,
        key: &StoreKey,
        version: u64,
        reason: SessionEnd,
    ) -> Result<bool, StoreError> {
        let Some(session) = self.store.delete_version(key, version).await? else { return Ok(false) };
        self.flowing.end(key);
        self.endings.tell(&session, reason);
        Ok(true)
    }

    /// Has tokens revoked that came too late for the session of that handle.
    pub fn revoke(&self, handle: &str, tokens: &Tokens) {
        self.endings.hand_over(handle, tokens);
    }

    /// The living sessions of the person of `current`, that one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn own(&self, current: &Current, now: SystemTime) -> Result<Vec<OwnSession>, StoreError> {
        let found = self.listed(current, now).await?;
        let mut own: Vec<OwnSession> =
            found.iter().map(|(key, session)| own_session(session, *key == current.key)).collect();
        own.sort_by_key(|session| (!session.current, std::cmp::Reverse(session.last_used_at)));
        Ok(own)
    }

    /// Ends the session named `handle` among those of the person of `current`; false if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_own(
        &self,
        current: &Current,
        handle: &str,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let found = self.listed(current, now).await?;
        let Some((key, _)) = found.into_iter().find(|(_, session)| session.handle == handle) else {
            return Ok(false);
        };
        self.end(&key, SessionEnd::EndedByUser).await?;
        Ok(true)
    }

    /// The sessions shown to the person of `current`. With sessions in cookies it is `current` alone: this process
    /// knows of others by chance.
    async fn listed(
        &self,
        current: &Current,
        now: SystemTime,
    ) -> Result<Vec<(StoreKey, Arc<Session>)>, StoreError> {
        if self.are_in_cookies() {
            return Ok(vec![(current.key.clone(), Arc::clone(&current.stored.session))]);
        }
        self.store.list(&Owner::User(current.stored.session.user.id.clone()), now).await
    }
}

fn own_session(session: &Session, current: bool) -> OwnSession {
    OwnSession {
        handle: session.handle.clone(),
        current,
        created_at: seconds(session.created),
        last_used_at: seconds(session.last_used),
        user_agent: session.user_agent.clone(),
        address: session.address.map(|address| address.to_string()).unwrap_or_default(),
    }
}
