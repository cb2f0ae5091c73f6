//! What an operator may say of sessions.

use std::{sync::Arc, time::Duration};

use crate::keys::SessionKeys;

/// Where sessions are kept, and for how long.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// How long a session lives without being used.
    pub idle: Duration,
    /// How long a session lives at all.
    pub max: Duration,
    /// The keys of `BFF_SESSION_KEY`, or a random one.
    pub keys: Arc<SessionKeys>,
    /// Where sessions are kept.
    pub place: SessionPlace,
    /// Sessions in memory at once.
    pub capacity: usize,
}

/// Where sessions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionPlace {
    /// In this process.
    Memory,
    /// In Redis, for all replicas.
    Redis,
    /// In the cookies of their browsers.
    Cookie,
}
