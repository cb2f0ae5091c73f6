//! Tells the log of values that no key opens: somebody wrote to Redis who has none, or a replica has other keys. Not of
//! each of them: a cookie that leads to one may come with every request.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use telemetry::security;

/// How long the log is spared after it was told.
const QUIET: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Unreadable {
    told: Mutex<Option<Instant>>,
}

impl Unreadable {
    pub(super) fn note(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= QUIET) {
            *told = Some(Instant::now());
            security::session_unreadable();
        }
    }
}
