//! The requests under way, so that a stopping server can wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts the requests that are being answered.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Arc<Requests>);

#[derive(Debug, Default)]
struct Requests {
    count: AtomicUsize,
    idle: Notify,
}

/// One request; counted until dropped.
pub(crate) struct InFlightRequest(Arc<Requests>);

impl InFlight {
    pub(crate) fn enter(&self) -> InFlightRequest {
        self.0.count.fetch_add(1, Ordering::AcqRel);
        InFlightRequest(Arc::clone(&self.0))
    }

    pub(crate) async fn wait_until_idle(&self) {
        loop {
            // Registered before the count is read, so that the last request cannot end unheard in between.
            let notified = self.0.idle.notified();
            if self.0.count.load(Ordering::Acquire) == 0 {
                return;
            }
            notified.await;
        }
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}
