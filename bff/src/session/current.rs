//! A session as a request sees it, and the browser that it belongs to.

use std::net::IpAddr;

use super::store::Stored;
use crate::keys::StoreKey;

/// The session of one request.
#[derive(Debug, Clone)]
pub struct Current {
    /// Where it is stored.
    pub key: StoreKey,
    /// What is stored there.
    pub stored: Stored,
}

/// Where a session begins.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// What the browser calls itself.
    pub user_agent: String,
    /// Its address.
    pub address: Option<IpAddr>,
}
