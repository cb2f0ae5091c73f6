//! What a place for sessions must be able to do, in one process or shared by many.
//!
//! Every method is atomic. Nothing here knows a cookie: a session is found by the [`StoreKey`] that its id makes.

use std::{
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use shared::SessionUser;

use super::tokens::Tokens;
use crate::{
    keys::{Secret, StoreKey},
    redis::StoreFuture,
};

/// One person's session in one browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// Names it in the list of a person's sessions; good for nothing else.
    pub handle: String,
    /// Who it is.
    pub user: SessionUser,
    /// For the upstream.
    pub tokens: Tokens,
    /// What an OpenID provider calls its own session (`sid`), by which it may end this one.
    pub provider_session: Option<String>,
    /// When it began.
    pub created: SystemTime,
    /// When it was last used, to within [`Lifetimes::touch_after`].
    pub last_used: SystemTime,
    /// What the browser called itself, shortened.
    pub user_agent: String,
    /// Where it began from.
    pub address: Option<IpAddr>,
}

/// Sessions of one person at once: a browser that signs in again and again does not fill the store.
pub const PER_USER_MAX: usize = 50;

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Without being used.
    pub idle: Duration,
    /// At all.
    pub max: Duration,
}

impl Lifetimes {
    /// When `session` ends if nothing happens.
    #[must_use]
    pub fn end_of(&self, session: &Session) -> SystemTime {
        (session.created + self.max).min(session.last_used + self.idle)
    }

    /// How old `last_used` may be before a use is written down: often enough for the idle time, and not for every
    /// request.
    #[must_use]
    pub fn touch_after(&self) -> Duration {
        Duration::from_secs(60).min(self.idle / 10)
    }
}

/// A session as it stands in the store at this moment.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The session.
    pub session: Arc<Session>,
    /// Grows with every change of its tokens.
    pub version: u64,
}

/// Whose sessions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Those of the person with this id.
    User(String),
    /// Those that belong to this session of the OpenID provider.
    ProviderSession(String),
}

impl Owner {
    /// The owners of a session.
    pub(super) fn all_of(session: &Session) -> impl Iterator<Item = Self> {
        let user = Self::User(session.user.id.clone());
        [Some(user), session.provider_session.clone().map(Self::ProviderSession)].into_iter().flatten()
    }
}

/// What became of an attempt to put new tokens in the place of those of a known version.
#[derive(Debug)]
pub enum Swap {
    /// They are in place.
    Done(Stored),
    /// Somebody else was first: this is what stands there.
    Lost(Stored),
    /// The session has ended.
    Gone,
}

/// The answer to somebody who wants to be the one that refreshes a session's tokens.
pub enum RefreshLease {
    /// Nobody else does, until the lease ends or is given back.
    Yours,
    /// The same, and somebody had it before who never gave it back: they may have died, or hold new tokens still.
    Inherited,
    /// Somebody does. The future resolves when that may be over.
    Held(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// Somebody tried a moment ago, in vain: do not try again yet.
    Cooling,
}

/// Tells holders of a lease apart.
pub type Holder = u128;

/// A sign-in at an OpenID provider that has begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginState {
    /// Comes back in the callback, and tells that it belongs to this attempt.
    pub state: Secret,
    /// Comes back in the ID token.
    pub nonce: Secret,
    /// Proves to the provider that we began (PKCE, RFC 7636).
    pub verifier: Secret,
    /// Where to go afterwards: a local path.
    pub return_url: String,
    /// The browser's session until then, which ends when the sign-in does. It has to be known from the beginning: its
    /// cookie does not come along when the provider sends the browser back.
    pub replaces: Option<StoreKey>,
}

/// A session that was taken out; `None` if there was none.
pub type Removed = Option<Arc<Session>>;

/// Living sessions, each with its name.
pub type Listed = Vec<(StoreKey, Arc<Session>)>;

/// New tokens for those of a known version.
#[derive(Debug)]
pub struct NewTokens {
    /// The version that they replace.
    pub version: u64,
    /// The tokens.
    pub tokens: Tokens,
}

/// A time from now on.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// The present moment.
    pub now: SystemTime,
    /// The end.
    pub ends: SystemTime,
}

impl Term {
    /// The time of `length` from `now` on.
    #[must_use]
    pub fn of(now: SystemTime, length: Duration) -> Self {
        Self { now, ends: now + length }
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.ends.duration_since(self.now).unwrap_or_default()
    }
}

/// A place for sessions.
///
/// Whether a session or a sign-in lives is judged at the `now` that is given, since the moments in it come from the
/// same clock. For a lease, and for an id that was seen, only the time from `now` to its end counts: a place that many
/// share measures that by its own clock.
pub trait SessionStore: Send + Sync {
    /// How many live at `now`; `None` where that is not this process's to say.
    fn count(&self, now: SystemTime) -> Option<usize> {
        let _ = now;
        None
    }

    /// Puts a new session in.
    fn create(&self, key: StoreKey, session: Session) -> StoreFuture<'_, ()>;

    /// The session under `key`, if it lives at `now`.
    fn get<'a>(&'a self, key: &'a StoreKey, now: SystemTime) -> StoreFuture<'a, Option<Stored>>;

    /// Writes down that the session is used at `now`. Never brings one back that has ended.
    fn touch<'a>(&'a self, key: &'a StoreKey, now: SystemTime) -> StoreFuture<'a, ()>;

    /// Puts `tokens` in, if those that stand there are still of `version`. Its lifetime does not change.
    fn swap_tokens<'a>(&'a self, key: &'a StoreKey, new: NewTokens, now: SystemTime)
    -> StoreFuture<'a, Swap>;

    /// Takes the session out; `None` if there was none.
    fn delete<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Removed>;

    /// Takes the session out if its tokens are still of `version`; `None` if they are not, or there is none.
    fn delete_version<'a>(&'a self, key: &'a StoreKey, version: u64) -> StoreFuture<'a, Removed>;

    /// All that live at `now`.
    fn list<'a>(&'a self, owner: &'a Owner, now: SystemTime) -> StoreFuture<'a, Listed>;

    /// Asks for the lease on refreshing a session, until `ends`. A holder that has it already prolongs it.
    fn lease<'a>(&'a self, key: &'a StoreKey, holder: Holder, term: Term) -> StoreFuture<'a, RefreshLease>;

    /// Gives a lease back. Until `cool_until` nobody else gets it, where that is said.
    fn release<'a>(
        &'a self,
        key: &'a StoreKey,
        holder: Holder,
        cool_until: Option<SystemTime>,
    ) -> StoreFuture<'a, ()>;

    /// Keeps a sign-in under way until `ends`.
    fn keep_login_state(&self, key: StoreKey, state: LoginState, term: Term) -> StoreFuture<'_, ()>;

    /// Takes a sign-in out: it can be had once.
    fn take_login_state<'a>(
        &'a self,
        key: &'a StoreKey,
        now: SystemTime,
    ) -> StoreFuture<'a, Option<LoginState>>;

    /// Whether `id` is seen for the first time before `ends`.
    fn is_first<'a>(&'a self, id: &'a str, term: Term) -> StoreFuture<'a, bool>;
}
