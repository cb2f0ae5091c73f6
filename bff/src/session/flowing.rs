//! The sessions in whose names something flows in this process, so that their ends can be told.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::watch;

use crate::keys::StoreKey;

/// The sessions in whose names something flows in this process. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Flowing(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Dropping a sender tells all that listen.
    listened: Mutex<HashMap<StoreKey, watch::Sender<()>>>,
    ends: AtomicU64,
}

/// The number of ends that this process had brought about at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndsBy(u64);

/// Waits for the end of one session.
pub(super) struct Listener {
    key: StoreKey,
    told: Option<watch::Receiver<()>>,
    flowing: Flowing,
}

impl Flowing {
    /// Tells of the end of a session.
    pub(super) fn end(&self, key: &StoreKey) {
        self.0.ends.fetch_add(1, Ordering::Release);
        self.listened().remove(key);
    }

    /// Tells of the end of all sessions, as far as somebody listens. Those that go on are asked for again.
    pub(super) fn end_all(&self) {
        self.0.ends.fetch_add(1, Ordering::Release);
        self.listened().clear();
    }

    /// Listens for the end of a session.
    pub(super) fn listen(&self, key: StoreKey) -> Listener {
        let told = Some(self.listened().entry(key.clone()).or_default().subscribe());
        Listener { key, told, flowing: self.clone() }
    }

    /// The ends so far.
    pub(super) fn ends(&self) -> EndsBy {
        EndsBy(self.0.ends.load(Ordering::Acquire))
    }

    fn listened(&self) -> MutexGuard<'_, HashMap<StoreKey, watch::Sender<()>>> {
        // No code panics while it holds the lock; were one to, the map would still be whole.
        self.0.listened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// Waits for the end.
    pub(super) async fn ended(&mut self) {
        if let Some(told) = &mut self.told {
            // The sender never sends: it is dropped.
            let _ = told.changed().await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.told = None;
        let mut listened = self.flowing.listened();
        if listened.get(&self.key).is_some_and(|sender| sender.receiver_count() == 0) {
            listened.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::keys::{SessionId, SessionKeys};

    #[tokio::test]
    async fn an_end_is_told_to_all_that_listen_and_to_nobody_else() {
        let flowing = Flowing::default();
        let key = || SessionKeys::random().name(&SessionId::random().unwrap()).unwrap();
        let (ended, other) = (key(), key());
        let (mut one, mut two) = (flowing.listen(ended.clone()), flowing.listen(ended.clone()));
        let mut third = flowing.listen(other);
        flowing.end(&ended);
        one.ended().await;
        two.ended().await;
        assert!(tokio::time::timeout(Duration::from_millis(20), third.ended()).await.is_err());
        drop((one, two));
        assert_eq!(flowing.listened().len(), 1);
        drop(third);
        assert!(flowing.listened().is_empty(), "nothing is kept of what flows no more");
    }
}
