//! What keys are called. What stands in braces decides in a cluster where a key lives: those of one session, together.

use std::time::Duration;

use crate::keys::StoreKey;

pub(super) fn session_key(key: &StoreKey) -> String {
    format!("bff:session:{{{}}}", key.to_text())
}

pub(super) fn lease_key(key: &StoreKey) -> String {
    format!("bff:lease:{{{}}}", key.to_text())
}

pub(super) fn trace_key(key: &StoreKey) -> String {
    format!("bff:lease-trace:{{{}}}", key.to_text())
}

pub(super) fn attempt_key(key: &StoreKey) -> String {
    format!("bff:attempt:{{{}}}", key.to_text())
}

/// Whole milliseconds, in which Redis counts how long a key lives.
pub(super) fn length(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
