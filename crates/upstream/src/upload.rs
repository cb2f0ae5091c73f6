//! The progress of an upload, which says whose fault a silence is.

use std::cell::Cell;

use tokio::{sync::Notify, time::Instant};

/// Whose turn it is in an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The browser is to send the next piece.
    AtBrowser,
    /// The upstream is to take the piece that came at this moment.
    AtUpstream(Instant),
    /// The last byte went out at this moment.
    Sent(Instant),
}

/// An upload under way.
#[derive(Debug)]
pub(super) struct Upload {
    progress: Cell<Progress>,
    notify: Notify,
}

impl Upload {
    pub(super) fn new(progress: Progress) -> Self {
        Self { progress: Cell::new(progress), notify: Notify::new() }
    }

    pub(super) fn progress(&self) -> Progress {
        self.progress.get()
    }

    pub(super) fn set(&self, progress: Progress) {
        self.progress.set(progress);
        self.notify.notify_one();
    }

    /// Waits for the next change.
    pub(super) async fn changed(&self) {
        self.notify.notified().await;
    }

    /// The moment at which the last byte went out.
    pub(super) fn sent(&self) -> Option<Instant> {
        match self.progress() {
            Progress::Sent(at) => Some(at),
            Progress::AtBrowser | Progress::AtUpstream(_) => None,
        }
    }
}
