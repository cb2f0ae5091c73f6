//! The names of keys in Redis. In a cluster the part in braces decides where a key lives, and keeps the keys of one
//! session together.

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

/// Whole milliseconds, the unit in which Redis counts a key's life.
pub(super) fn length(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
