//! New tokens for a session, fetched once however many requests need them.
//!
//! Whoever finds the access token due asks the store for a lease on refreshing that session. The one who gets it
//! calls the provider, in a task of its own: a browser that leaves must not cut off a call that has spent a refresh
//! token. While the call runs the lease is prolonged; its result is put in by compare-and-swap on the tokens'
//! version, and whoever lost takes the winner's. Whoever gets a lease that was never given back, and finds the refresh
//! token spent, waits a while for the one who may have spent it. All others wait for the lease to end, and look again.
//!
//! What comes of it:
//!
//! - new tokens: everybody goes on with them;
//! - the refresh token is dead: the session ends, and everybody hears that nobody is signed in;
//! - no answer: everybody hears that, the session stays as it is (its lifetime too), and nobody asks again for a
//!   second.

use std::{
    rc::Rc,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, timeout_at};

use super::{ProviderError, provider::Provider};
use crate::{
    keys::StoreKey,
    redis::StoreError,
    session::{
        Current, Sessions,
        store::{Holder, NewTokens, RefreshLease, Stored, Swap, Term},
        tokens::Tokens,
    },
};
use telemetry::{
    metrics,
    security::{self, SessionEnd},
    trace::carry,
};
use upstream::{UpstreamError, error::Phase};

/// How long a lease lasts; it is prolonged at half of that.
const LEASE: Duration = Duration::from_secs(10);

/// How long nobody asks again after a refresh that had no answer.
const COOL_DOWN: Duration = Duration::from_secs(1);

/// The shortest time between two refreshes of one session.
const PAUSE: Duration = Duration::from_secs(1);

/// How long new tokens are held out to a store that is away. The old refresh token is spent: without them the session
/// would be lost.
const SWAP_PATIENCE: Duration = Duration::from_secs(15);

/// The pause between two attempts at that.
const SWAP_PAUSE: Duration = Duration::from_millis(100);

/// How long whoever inherits a lease and finds the refresh token spent waits for the one who may have spent it: as long
/// as they may hold out the new tokens, and then for the answer to their last attempt.
const NEWS_PATIENCE: Duration = SWAP_PATIENCE.saturating_add(Duration::from_secs(1));

/// Tokens younger than this are not renewed because of a 401: the upstream refuses the person, not the token.
const YOUNG: Duration = Duration::from_secs(5);

/// Why there are no tokens to go on with.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The session is over.
    #[error("the session has ended")]
    Ended,
    /// The provider gave no answer, now or a moment ago.
    #[error("the tokens could not be renewed: {0}")]
    Unavailable(String),
    /// It took longer than the request may.
    #[error(transparent)]
    Deadline(#[from] UpstreamError),
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One worker's way to new tokens.
pub struct Refresher {
    sessions: Sessions,
    provider: Rc<Provider>,
}

impl Refresher {
    /// Renews the tokens of `sessions` at `provider`.
    #[must_use]
    pub const fn new(sessions: Sessions, provider: Rc<Provider>) -> Self {
        Self { sessions, provider }
    }

    /// Whose tokens.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The session with tokens that are good to use now.
    ///
    /// # Errors
    /// [`RefreshError`]; not where the old token is still good.
    pub async fn before_use(&self, current: Current, deadline: Instant) -> Result<Current, RefreshError> {
        let now = SystemTime::now();
        let tokens = &current.stored.session.tokens;
        let age = now.duration_since(tokens.issued).unwrap_or_default();
        // Tokens that are due on arrival (the clocks differ) are not renewed for every request.
        if !tokens.are_due(now) || age < PAUSE {
            return Ok(current);
        }
        if tokens.refresh.is_none() {
            return if tokens.have_ended(now) { self.end(&current).await } else { Ok(current) };
        }
        match self.renew(&current, deadline).await {
            Err(RefreshError::Unavailable(_) | RefreshError::Deadline(_) | RefreshError::Store(_))
                if !tokens.have_ended(SystemTime::now()) =>
            {
                Ok(current)
            }
            other => other,
        }
    }

    /// The session with other tokens than those that the upstream has just answered 401 to; `None` where new ones
    /// would not help.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn after_refusal(
        &self,
        refused: &Current,
        deadline: Instant,
    ) -> Result<Option<Current>, RefreshError> {
        let now = SystemTime::now();
        let tokens = &refused.stored.session.tokens;
        let young = now.duration_since(tokens.issued).unwrap_or_default() < YOUNG && !tokens.have_ended(now);
        if young {
            return Ok(None);
        }
        if tokens.refresh.is_none() {
            return if tokens.have_ended(now) { self.end(refused).await } else { Ok(None) };
        }
        self.renew(refused, deadline).await.map(Some)
    }

    async fn renew(&self, seen: &Current, deadline: Instant) -> Result<Current, RefreshError> {
        let store = self.sessions.store();
        loop {
            let now = SystemTime::now();
            let Some(stored) = store.get(&seen.key, now).await? else { return Err(RefreshError::Ended) };
            if stored.version != seen.stored.version {
                return Ok(Current { key: seen.key.clone(), stored });
            }
            let holder = holder();
            let lease = store.lease(&seen.key, holder, Term::of(now, LEASE)).await?;
            let over = match lease {
                RefreshLease::Held(over) => over,
                RefreshLease::Cooling => {
                    return Err(RefreshError::Unavailable("it failed a moment ago".to_owned()));
                }
                RefreshLease::Yours | RefreshLease::Inherited => {
                    let inherited = matches!(lease, RefreshLease::Inherited);
                    let current = Current { key: seen.key.clone(), stored };
                    let call = actix_rt::spawn(carry(refresh(
                        self.sessions.clone(),
                        Rc::clone(&self.provider),
                        current,
                        holder,
                        inherited,
                    )));
                    return timeout_at(deadline, call)
                        .await
                        .map_err(|_| UpstreamError::Timeout(Phase::Head))?
                        .unwrap_or_else(|err| Err(RefreshError::Unavailable(err.to_string())));
                }
            };
            // A lease that nobody gives back ends by itself; whoever waits then takes it over.
            let patience = deadline.min(Instant::now() + LEASE);
            if timeout_at(patience, over).await.is_err() && Instant::now() >= deadline {
                return Err(UpstreamError::Timeout(Phase::Head).into());
            }
        }
    }

    async fn end<T>(&self, current: &Current) -> Result<T, RefreshError> {
        self.sessions.end(&current.key, SessionEnd::RefreshRefused).await?;
        Err(RefreshError::Ended)
    }
}

/// The holder's part, to its end whoever waits for it.
async fn refresh(
    sessions: Sessions,
    provider: Rc<Provider>,
    current: Current,
    holder: Holder,
    inherited: bool,
) -> Result<Current, RefreshError> {
    let result = tokio::select! {
        result = call_and_swap(&sessions, &provider, &current, inherited) => result,
        never = prolong(&sessions, &current, holder) => match never {},
    };
    let failed = matches!(result, Err(RefreshError::Unavailable(_)));
    let cool_until = failed.then(|| SystemTime::now() + COOL_DOWN);
    if let Err(err) = sessions.store().release(&current.key, holder, cool_until).await {
        // It ends by itself; what came of the refresh is no worse for it.
        tracing::debug!(error = %err, "a lease could not be given back");
    }
    result.map(|stored| Current { key: current.key, stored })
}

/// Calls the provider and puts its tokens in, unless somebody did so since.
async fn call_and_swap(
    sessions: &Sessions,
    provider: &Provider,
    current: &Current,
    inherited: bool,
) -> Result<Stored, RefreshError> {
    let (store, key) = (sessions.store(), &current.key);
    // The one who had the lease before may have put new tokens in between our look and our lease.
    let Some(stored) = store.get(key, SystemTime::now()).await? else { return Err(RefreshError::Ended) };
    if stored.version != current.stored.version {
        return Ok(stored);
    }
    let Some(token) = &stored.session.tokens.refresh else { return Err(RefreshError::Ended) };
    match provider.refresh(token).await {
        Ok(tokens) => match put_in(sessions, current, stored.version, tokens).await? {
            Swap::Done(stored) | Swap::Lost(stored) => {
                metrics::refreshed("renewed");
                Ok(stored)
            }
            Swap::Gone => Err(RefreshError::Ended),
        },
        Err(ProviderError::Refused(reason)) => {
            metrics::refreshed("refused");
            tracing::debug!(reason, "a refresh token is dead");
            if inherited && let Some(stored) = news(sessions, key, stored.version).await? {
                return Ok(stored);
            }
            // Where a lease ran out, somebody else may have spent the token and put new ones in: theirs count.
            match store.delete_version(key, stored.version).await? {
                Some(session) => {
                    security::session_ended(&session.user.id, &session.handle, SessionEnd::RefreshRefused)
                }
                None => return store.get(key, SystemTime::now()).await?.ok_or(RefreshError::Ended),
            }
            Err(RefreshError::Ended)
        }
        Err(err) => {
            metrics::refreshed("failed");
            tracing::warn!(error = %err, "tokens could not be renewed");
            Err(RefreshError::Unavailable(err.to_string()))
        }
    }
}

/// Puts new tokens in, again and again where the store is away. One attempt that was carried out without an answer makes
/// the next one lose to it, which is as good.
async fn put_in(
    sessions: &Sessions,
    current: &Current,
    version: u64,
    tokens: Tokens,
) -> Result<Swap, StoreError> {
    let patience = Instant::now() + SWAP_PATIENCE;
    loop {
        let now = SystemTime::now();
        match sessions
            .store()
            .swap_tokens(&current.key, NewTokens { version, tokens: tokens.clone() }, now)
            .await
        {
            Err(err) if Instant::now() < patience => {
                tracing::debug!(error = %err, "new tokens cannot be put in yet");
                tokio::time::sleep(SWAP_PAUSE).await;
            }
            other => return other,
        }
    }
}

/// What somebody else puts in the place of that version within [`NEWS_PATIENCE`].
async fn news(sessions: &Sessions, key: &StoreKey, version: u64) -> Result<Option<Stored>, StoreError> {
    let patience = Instant::now() + NEWS_PATIENCE;
    while Instant::now() < patience {
        match sessions.store().get(key, SystemTime::now()).await? {
            Some(stored) if stored.version == version => tokio::time::sleep(SWAP_PAUSE).await,
            other => return Ok(other),
        }
    }
    Ok(None)
}

/// Keeps the lease for as long as it is polled.
async fn prolong(sessions: &Sessions, current: &Current, holder: Holder) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(LEASE / 2).await;
        let now = SystemTime::now();
        // Where it cannot be prolonged, the compare-and-swap still keeps two winners apart.
        let _ = sessions.store().lease(&current.key, holder, Term::of(now, LEASE)).await;
    }
}

/// A name for one holder that no other has.
fn holder() -> Holder {
    uuid::Uuid::now_v7().as_u128()
}
