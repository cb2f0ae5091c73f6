//! The number of reads in one batch at most.

use std::cell::Cell;

use shared::batch::DEFAULT_MAX_ITEMS;

thread_local! {
    static MAX_ITEMS: Cell<usize> = const { Cell::new(DEFAULT_MAX_ITEMS) };
}

/// The limit now, at least 1.
pub(super) fn max() -> usize {
    MAX_ITEMS.get()
}

/// Limits batches to `max` reads from now on; with one, each read is a request of its own.
pub(crate) fn limit_batch_size(max: usize) {
    MAX_ITEMS.set(max.max(1));
}

/// Limits batches to half of `count` reads, which were too many for this server.
pub(super) fn halve_batch_size(count: usize) {
    limit_batch_size(count / 2);
}
