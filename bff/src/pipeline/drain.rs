//! The stages of the server's end, for probes, and for content that would never end by itself.

use tokio::sync::watch;

/// A stage of the server's end. Each follows the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// It serves.
    #[default]
    Serving,
    /// It still serves, and asks balancers to send nobody else.
    Leaving,
    /// It takes nothing new.
    Draining,
}

/// The end of the server. Cheap to clone; all workers share one.
#[derive(Debug, Clone, Default)]
pub struct Drain(watch::Sender<Stage>);

impl Drain {
    /// The server is about to drain: probes learn it from here on, and all else goes on.
    pub fn announce(&self) {
        self.reach(Stage::Leaving);
    }

    /// The server has begun to drain.
    pub fn begin(&self) {
        self.reach(Stage::Draining);
    }

    /// Whether the server drains, or is about to.
    #[must_use]
    pub fn is_announced(&self) -> bool {
        *self.0.borrow() >= Stage::Leaving
    }

    /// Waits until the server drains.
    pub(super) async fn begun(self) {
        // The sender is held here: there is no other error.
        let _ = self.0.subscribe().wait_for(|stage| *stage == Stage::Draining).await;
    }

    fn reach(&self, stage: Stage) {
        self.0.send_if_modified(|reached| {
            let is_later = stage > *reached;
            *reached = stage.max(*reached);
            is_later
        });
    }
}
