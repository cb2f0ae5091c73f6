//! The begin of the server's drain, for content that would never end by itself.

use tokio::sync::watch;

/// Whether the server drains. Cheap to clone; all workers share one.
#[derive(Debug, Clone, Default)]
pub struct Drain(watch::Sender<bool>);

impl Drain {
    /// The server has begun to drain.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Waits until the server drains.
    pub(super) async fn begun(self) {
        // The sender is held here: there is no other error.
        let _ = self.0.subscribe().wait_for(|begun| *begun).await;
    }
}
