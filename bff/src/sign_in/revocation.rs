//! Revokes the refresh tokens of ended sessions, behind the answers that ended them (RFC 7009).
//!
//! One task takes them from their queue, a few at a time. A token whose revocation fails is tried again after a pause,
//! and given up after the last try. At shutdown the task finishes what waits, for as long as the drain has time.

use std::{cell::RefCell, rc::Rc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::{mpsc::Receiver, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

use super::{ProviderError, Revoked, provider::Provider};
use crate::{redis::link::jittered, session::endings::EndedTokens};
use telemetry::metrics;

/// Revocations under way at once.
const AT_ONCE: usize = 8;

/// Tries for one token.
const TRIES: u32 = 4;

/// The pause after the first failed try; each further one is [`PAUSE_FACTOR`] times as long.
const PAUSE: Duration = Duration::from_secs(1);

/// The growth of the pauses: 21 seconds in all.
const PAUSE_FACTOR: u32 = 4;

/// The least time of a stop, in which a task without work says so.
const MOMENT: Duration = Duration::from_millis(50);

/// The running task.
pub struct Revoker {
    provider: Rc<RefCell<Rc<Provider>>>,
    finish: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Revoker {
    /// Starts to revoke what comes out of `queue` at `provider`, on this thread.
    #[must_use]
    pub fn start(provider: Provider, queue: Receiver<EndedTokens>) -> Self {
        let (finish, finishing) = oneshot::channel();
        let provider = Rc::new(RefCell::new(Rc::new(provider)));
        let task = actix_rt::spawn(work(Rc::clone(&provider), queue, finishing));
        Self { provider, finish, task }
    }

    /// Revokes at `provider` from the next token on.
    pub fn turn_to(&self, provider: Provider) {
        self.provider.replace(Rc::new(provider));
    }

    /// Takes no more tokens, and revokes those that wait until `end` at the latest.
    pub async fn finish(self, end: Instant) {
        let abort = self.task.abort_handle();
        // A task that has ended by itself listens no more, and has nothing left.
        let _ = self.finish.send(());
        if timeout_at(end.max(Instant::now() + MOMENT), self.task).await.is_err() {
            abort.abort();
            tracing::warn!("refresh tokens of ended sessions could not be revoked before the stop");
        }
    }
}

async fn work(
    provider: Rc<RefCell<Rc<Provider>>>,
    mut queue: Receiver<EndedTokens>,
    mut finishing: oneshot::Receiver<()>,
) {
    let mut under_way = FuturesUnordered::new();
    let mut is_closed = false;
    loop {
        tokio::select! {
            next = queue.recv(), if under_way.len() < AT_ONCE => match next {
                Some(ended) => under_way.push(revoke(Rc::clone(&provider.borrow()), ended)),
                None => break,
            },
            Some(()) = under_way.next() => {}
            _ = &mut finishing, if !is_closed => {
                is_closed = true;
                queue.close();
            }
        }
    }
    while under_way.next().await.is_some() {}
}

async fn revoke(provider: Rc<Provider>, ended: EndedTokens) {
    let EndedTokens { session, tokens } = ended;
    let mut pause = PAUSE;
    for left in (0..TRIES).rev() {
        match provider.revoke(&tokens).await {
            Ok(Revoked::Done) => return metrics::token_revoked("revoked"),
            Ok(Revoked::Unsupported) => return metrics::token_revoked("unsupported"),
            Err(ProviderError::Refused(reason)) => {
                metrics::token_revoked("refused");
                return tracing::warn!(session, reason, "a refresh token could not be revoked");
            }
            Err(err) if left == 0 => {
                metrics::token_revoked("failed");
                return tracing::warn!(session, error = %err, "a refresh token could not be revoked");
            }
            Err(err) => tracing::debug!(session, error = %err, "a refresh token is not revoked yet"),
        }
        sleep(jittered(pause)).await;
        pause *= PAUSE_FACTOR;
    }
}
