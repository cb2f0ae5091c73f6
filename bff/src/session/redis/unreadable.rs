//! Logs values in Redis that no key opens: their writer had no key, or a replica has other keys. Not every such value
//! is logged: a cookie that leads to one may come with every request.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use telemetry::security;

/// Time between two such lines in the log.
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
