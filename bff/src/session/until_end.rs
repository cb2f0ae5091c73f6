//! The end of a session, for content that flows in its name.
//!
//! An end that this process brings about is told at once. One that another replica brings about is found within
//! [`RECHECK_EVERY`](super::RECHECK_EVERY): the store is asked again for as long as content flows, and replicas tell each other
//! nothing. Content that flows is no use of its session: only its begin was one.

use std::{
    future::Future,
    time::{Duration, SystemTime},
};

use tokio::time::sleep;

use super::{current::Current, flowing::EndsBy, sessions::Sessions};
use crate::redis::StoreError;

/// A session is looked at this long after the moment at which it should have ended: clocks and timers round.
const AFTER_END: Duration = Duration::from_millis(10);

impl Sessions {
    /// The ends so far, for [`Sessions::until_end`].
    #[must_use]
    pub fn ends(&self) -> EndsBy {
        self.flowing.ends()
    }

    /// Waits for the end of a session that was alive when `seen` was read. Where the store is away, only the longest lifetime
    /// ends it.
    pub fn until_end(&self, current: Current, seen: EndsBy) -> impl Future<Output = ()> + 'static {
        let sessions = self.clone();
        async move {
            let mut listener = sessions.flowing.listen(current.key.clone());
            let mut ends = sessions.lifetimes.end_of(&current.stored.session);
            // A session that has ended in between has told nobody here.
            let mut pause = if sessions.ends() == seen { sessions.pause(ends) } else { Duration::ZERO };
            loop {
                tokio::select! {
                    biased;
                    () = listener.ended() => return,
                    () = sleep(pause) => {}
                }
                let now = SystemTime::now();
                match sessions.end_of(&current, now).await {
                    Ok(Some(later)) => ends = later,
                    Ok(None) => return,
                    Err(_) if current.stored.session.created + sessions.lifetimes.max <= now => return,
                    Err(_) => {}
                }
                pause = sessions.pause(ends);
            }
        }
    }

    /// The time until a session is looked at again that ends at `ends` if nobody uses it.
    fn pause(&self, ends: SystemTime) -> Duration {
        let left = ends.duration_since(SystemTime::now()).unwrap_or_default() + AFTER_END;
        left.min(self.recheck)
    }

    /// The time at which a session ends if it is not used again; `None` where it has ended.
    async fn end_of(&self, current: &Current, now: SystemTime) -> Result<Option<SystemTime>, StoreError> {
        let stored = match &self.cookie_store {
            // The process may have forgotten a session that lives in a cookie.
            Some(cookie_store) => cookie_store.memory.merge(&current.key, &current.stored, now),
            None => self.store.get(&current.key, now).await?,
        };
        Ok(stored.map(|stored| self.lifetimes.end_of(&stored.session)))
    }
}
