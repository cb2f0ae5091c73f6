//! Renews the tokens of a session, once however many requests need them.
//!
//! A request that finds the access token due asks the store for a lease on refreshing that session. The lease's
//! holder calls the provider, in a task of its own. A browser that leaves must not cut off a call that has used up
//! a refresh token. The lease is prolonged while the call runs. The result is stored by compare-and-swap on the tokens'
//! version, and a loser takes the winner's. A holder may inherit a lease that was never given back, and find the
//! refresh token used up. It then waits a while for the holder who may have used it. All others wait for the lease to
//! end, and look again.
//!
//! The outcomes:
//!
//! - new tokens: all requests go on with them;
//! - the refresh token is dead: the session ends, and all requests are answered as not signed in;
//! - new tokens of a person who may not be here any more: the session ends;
//! - no answer: all requests get that error, and the session stays as it is (its lifetime too). No request asks again
//!   for a second.

use std::{
    rc::Rc,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, timeout_at};

use super::{
    COOL_DOWN, ProviderError,
    provider::Provider,
    renewed::{KnownPerson, Reassessed, Renewed},
};
use crate::{
    keys::StoreKey,
    redis::StoreError,
    session::{
        Current, Sessions,
        store::{Holder, NewTokens, RefreshLease, Stored, Swap, Term},
    },
};
use telemetry::{metrics, security::SessionEnd, trace::carry};
use upstream::{UpstreamError, error::Phase};

/// The life of a lease; it is prolonged at half of that.
const LEASE: Duration = Duration::from_secs(10);

/// Time for which new tokens are offered to a store that is away. The old refresh token is used up: without the new
/// ones the session would be lost.
const SWAP_PATIENCE: Duration = Duration::from_secs(15);

/// The pause between two such offers.
const SWAP_PAUSE: Duration = Duration::from_millis(100);

/// Time for which the heir of a lease with a used refresh token waits for the last holder's tokens. That holder may
/// offer them for [`SWAP_PATIENCE`], and then wait for the answer to the last offer.
const NEWS_PATIENCE: Duration = SWAP_PATIENCE.saturating_add(Duration::from_secs(1));

/// Reasons why there are no usable tokens.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The session is over.
    #[error("the session has ended")]
    Ended,
    /// The provider gave no answer, now or a moment ago.
    #[error("the tokens could not be renewed: {0}")]
    Unavailable(String),
    /// The refresh took longer than the request may.
    #[error(transparent)]
    Deadline(#[from] UpstreamError),
    /// The store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One worker's refresher of tokens.
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

    /// The provider at which they are renewed.
    #[must_use]
    pub const fn provider(&self) -> &Rc<Provider> {
        &self.provider
    }

    /// The sessions whose tokens are renewed.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The session with tokens that are good to use now.
    ///
    /// # Errors
    /// [`RefreshError`], unless the old token is still good.
    pub async fn before_use(&self, current: Current, deadline: Instant) -> Result<Current, RefreshError> {
        let now = SystemTime::now();
        let tokens = &current.stored.session.tokens;
        if !tokens.want_renewal(now) {
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

    /// The session with other tokens than those that the upstream has just refused with 401; `None` where new ones
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
        if !tokens.may_be_refused(now) {
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
            // A lease that is never given back ends by itself; a waiting request then takes it over.
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

/// Runs the holder's part to its end, even if no request waits for it any more.
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
        // The lease ends by itself, and the refresh's result is no worse for it.
        tracing::debug!(error = %err, "a lease could not be given back");
    }
    result.map(|stored| Current { key: current.key, stored })
}

/// Calls the provider and stores its tokens, unless another holder did so since.
async fn call_and_swap(
    sessions: &Sessions,
    provider: &Provider,
    current: &Current,
    inherited: bool,
) -> Result<Stored, RefreshError> {
    let (store, key) = (sessions.store(), &current.key);
    // The last holder may have stored new tokens between our look and our lease.
    let Some(stored) = store.get(key, SystemTime::now()).await? else { return Err(RefreshError::Ended) };
    if stored.version != current.stored.version {
        return Ok(stored);
    }
    let Some(token) = &stored.session.tokens.refresh else { return Err(RefreshError::Ended) };
    let before = KnownPerson::of(&stored.session);
    match provider.refresh(token, before).await {
        Ok(Renewed { tokens, person: Reassessed::Ended(reason) }) => {
            metrics::refreshed("ended");
            sessions.revoke(&stored.session.handle, &tokens);
            end_version(sessions, current, stored.version, reason).await
        }
        Ok(Renewed { tokens, person }) => match put_in(
            sessions,
            current,
            NewTokens {
                version: stored.version,
                tokens: tokens.clone(),
                claims: before.claims_after(&person),
            },
        )
        .await?
        {
            Swap::Done(stored) | Swap::Lost(stored) => {
                metrics::refreshed("renewed");
                Ok(stored)
            }
            Swap::Gone => {
                // The session ended meanwhile, with a refresh token that these tokens have replaced.
                sessions.revoke(&stored.session.handle, &tokens);
                Err(RefreshError::Ended)
            }
        },
        Err(ProviderError::Refused(reason)) => {
            metrics::refreshed("refused");
            tracing::debug!(reason, "a refresh token is dead");
            if inherited && let Some(stored) = news(sessions, key, stored.version).await? {
                return Ok(stored);
            }
            end_version(sessions, current, stored.version, SessionEnd::RefreshRefused).await
        }
        Err(err) => {
            metrics::refreshed("failed");
            tracing::warn!(error = %err, "tokens could not be renewed");
            Err(RefreshError::Unavailable(err.to_string()))
        }
    }
}

/// Ends a session with its tokens of `version`. After a lease ran out, another holder may have stored newer ones:
/// theirs count.
async fn end_version(
    sessions: &Sessions,
    current: &Current,
    version: u64,
    reason: SessionEnd,
) -> Result<Stored, RefreshError> {
    if sessions.end_version(&current.key, version, reason).await? {
        return Err(RefreshError::Ended);
    }
    sessions.store().get(&current.key, SystemTime::now()).await?.ok_or(RefreshError::Ended)
}

/// Stores new tokens, again and again while the store is away. An attempt that succeeded without an answer makes the
/// next one lose to it, which is as good.
async fn put_in(sessions: &Sessions, current: &Current, new: NewTokens) -> Result<Swap, StoreError> {
    let patience = Instant::now() + SWAP_PATIENCE;
    loop {
        let now = SystemTime::now();
        match sessions.store().swap_tokens(&current.key, new.clone(), now).await {
            Err(err) if Instant::now() < patience => {
                tracing::debug!(error = %err, "new tokens cannot be put in yet");
                tokio::time::sleep(SWAP_PAUSE).await;
            }
            other => return other,
        }
    }
}

/// The session with tokens that another holder stores in place of `version` within [`NEWS_PATIENCE`].
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

/// Prolongs the lease for as long as the future is polled.
async fn prolong(sessions: &Sessions, current: &Current, holder: Holder) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(LEASE / 2).await;
        let now = SystemTime::now();
        // Where it cannot be prolonged, the compare-and-swap still keeps two winners apart.
        let _ = sessions.store().lease(&current.key, holder, Term::of(now, LEASE)).await;
    }
}

/// A unique id for a holder.
fn holder() -> Holder {
    let mut id = [0; 16];
    // Two replicas with one id could take each other's lease: only the system tells them apart for certain.
    if getrandom::fill(&mut id).is_err() {
        http_message::random::fill(&mut id);
    }
    u128::from_ne_bytes(id)
}
