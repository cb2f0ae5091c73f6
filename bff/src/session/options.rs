//! Options of sessions.

use std::{sync::Arc, time::Duration};

use crate::keys::SessionKeys;

/// Time between two looks at the session of content that flows: another replica may have ended it.
pub const RECHECK_EVERY: Duration = Duration::from_secs(10);

/// Place and lifetimes of sessions.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// Longest time without use.
    pub idle: Duration,
    /// Longest time in all.
    pub max: Duration,
    /// The keys of `BFF_SESSION_KEY`, or a random one.
    pub keys: Arc<SessionKeys>,
    /// The place of sessions.
    pub place: SessionPlace,
    /// Time between two looks at the session of content that flows; no setting.
    pub recheck: Duration,
    /// Most sessions in memory.
    pub capacity: usize,
}

/// The place where sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionPlace {
    /// In this process.
    Memory,
    /// In Redis, for all replicas.
    Redis,
    /// In the cookies of their browsers.
    Cookie,
}
