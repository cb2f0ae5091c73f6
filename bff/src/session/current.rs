//! A session as a request sees it, and the browser that it belongs to.

use std::net::IpAddr;

use super::store::Stored;
use crate::keys::StoreKey;

/// The session of one request.
#[derive(Debug, Clone)]
pub struct Current {
    /// The name that the session is stored under.
    pub key: StoreKey,
    /// The stored session.
    pub stored: Stored,
}

/// The browser in which a session begins.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// The browser's `User-Agent`.
    pub user_agent: String,
    /// The client's address.
    pub address: Option<IpAddr>,
}
