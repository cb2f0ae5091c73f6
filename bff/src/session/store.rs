//! The interface of session stores, in one process or shared by many.
//!
//! Every method is atomic. Stores know no cookies: a session is found by the [`StoreKey`] that its id makes.

use std::{
    future::Future,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use shared::SessionUser;

use super::{claims::PersonClaims, tokens::Tokens};
use crate::{keys::StoreKey, redis::StoreFuture};

/// One person's session in one browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session's handle in the list of a person's sessions; good for nothing else.
    pub handle: String,
    /// The person.
    pub user: SessionUser,
    /// The tokens for the upstream.
    pub tokens: Tokens,
    /// The OpenID provider's name for its own session (`sid`), by which it may end this one.
    pub provider_session: Option<String>,
    /// The provider's claims about the person, as of the tokens' version; `None` where there are none.
    pub claims: Option<Box<PersonClaims>>,
    /// Time at which the session began.
    pub created: SystemTime,
    /// Time of the last use, to within [`Lifetimes::touch_after`].
    pub last_used: SystemTime,
    /// The browser's `User-Agent`, shortened.
    pub user_agent: String,
    /// The client's address when the session began.
    pub address: Option<IpAddr>,
}

/// Most sessions of one person: a browser that signs in again and again does not fill the store.
pub const PER_USER_MAX: usize = 50;

/// Lifetimes of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Longest time without use.
    pub idle: Duration,
    /// Longest time in all.
    pub max: Duration,
}

impl Lifetimes {
    /// The time at which `session` ends if it is not used again.
    #[must_use]
    pub fn end_of(&self, session: &Session) -> SystemTime {
        (session.created + self.max).min(session.last_used + self.idle)
    }

    /// The age of `last_used` after which a use is recorded: often enough for the idle time, and not for every
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
    /// The version of the tokens, which grows with every change.
    pub version: u64,
}

/// The owner of sessions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The person with this id.
    User(String),
    /// This session of the OpenID provider.
    ProviderSession(String),
}

impl Owner {
    /// The owners of a session.
    pub(super) fn all_of(session: &Session) -> impl Iterator<Item = Self> {
        let user = Self::User(session.user.id.clone());
        [Some(user), session.provider_session.clone().map(Self::ProviderSession)].into_iter().flatten()
    }
}

/// The result of swapping the tokens of a known version for new ones.
#[derive(Debug)]
pub enum Swap {
    /// The new tokens are in place.
    Done(Stored),
    /// Another swap was first: this is the session with its tokens.
    Lost(Stored),
    /// The session has ended.
    Gone,
}

/// The answer to a request for the lease on refreshing a session's tokens.
pub enum RefreshLease {
    /// The caller has the lease, and no other gets it until it ends or is given back.
    Yours,
    /// The caller has the lease, but its last holder never gave it back. That holder may have died, or still hold new
    /// tokens.
    Inherited,
    /// Another holder has the lease. The future resolves when that may be over.
    Held(Pin<Box<dyn Future<Output = ()> + Send>>),
    /// A refresh failed a moment ago: the caller must not try again yet.
    Cooling,
}

/// Identifies the holder of a lease.
pub type Holder = u128;

/// A session that was taken out; `None` if there was none.
pub type Removed = Option<Arc<Session>>;

/// Living sessions, each with its name.
pub type Listed = Vec<(StoreKey, Arc<Session>)>;

/// New tokens for those of a known version, and the claims that come with them.
#[derive(Debug, Clone)]
pub struct NewTokens {
    /// The version that they replace.
    pub version: u64,
    /// The tokens.
    pub tokens: Tokens,
    /// All claims of the session from now on: those of its last version, where nothing newer is known.
    pub claims: Option<Box<PersonClaims>>,
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

/// A store of sessions.
///
/// The given `now` decides whether a session lives, since its times come from the same clock. For a
/// lease, and for a seen id, only the time from `now` to its end counts. A shared store measures that time by its own
/// clock.
pub trait SessionStore: Send + Sync {
    /// The number of sessions that live at `now`; `None` where this process cannot know it.
    fn count(&self, now: SystemTime) -> Option<usize> {
        let _ = now;
        None
    }

    /// Puts a new session in.
    fn create(&self, key: StoreKey, session: Session) -> StoreFuture<'_, ()>;

    /// The session under `key`, if it lives at `now`.
    fn get<'a>(&'a self, key: &'a StoreKey, now: SystemTime) -> StoreFuture<'a, Option<Stored>>;

    /// Records that the session is used at `now`. A session that has ended never comes back.
    fn touch<'a>(&'a self, key: &'a StoreKey, now: SystemTime) -> StoreFuture<'a, ()>;

    /// Puts tokens and claims in, if the stored ones are still of the version that they replace. The session's lifetime
    /// does not change.
    fn swap_tokens<'a>(&'a self, key: &'a StoreKey, new: NewTokens, now: SystemTime)
    -> StoreFuture<'a, Swap>;

    /// Takes the session out; `None` if there was none.
    fn delete<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Removed>;

    /// Takes the session out if its tokens are still of `version`; `None` if they are not, or there is none.
    fn delete_version<'a>(&'a self, key: &'a StoreKey, version: u64) -> StoreFuture<'a, Removed>;

    /// All sessions of `owner` that live at `now`.
    fn list<'a>(&'a self, owner: &'a Owner, now: SystemTime) -> StoreFuture<'a, Listed>;

    /// Asks for the lease on refreshing a session, for a term. Its present holder prolongs it.
    fn lease<'a>(&'a self, key: &'a StoreKey, holder: Holder, term: Term) -> StoreFuture<'a, RefreshLease>;

    /// Gives a lease back. With `cool_until`, no other holder gets it before that time.
    fn release<'a>(
        &'a self,
        key: &'a StoreKey,
        holder: Holder,
        cool_until: Option<SystemTime>,
    ) -> StoreFuture<'a, ()>;

    /// Whether `id` is seen for the first time before `ends`.
    fn is_first<'a>(&'a self, id: &'a str, term: Term) -> StoreFuture<'a, bool>;
}
