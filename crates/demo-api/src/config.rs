//! The settings of the demo upstream.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The storage of todos and users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In this SQLite file. It and its parent folder are created when they are missing.
    File(PathBuf),
    /// In memory: gone when the server stops.
    Memory,
}

impl Database {
    /// Reads the value of `DEMO_DB`: a path, or `:memory:`.
    #[must_use]
    pub fn from_setting(setting: &str) -> Self {
        if setting == ":memory:" { Self::Memory } else { Self::File(PathBuf::from(setting)) }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::File(PathBuf::from(".data/demo.sqlite"))
    }
}

/// The settings, with defaults for a demonstration.
#[derive(Debug, Clone)]
pub struct DemoConfig {
    /// Address to listen on. Port 0, the default, picks a free one on loopback.
    pub listen: SocketAddr,
    /// The storage; `.data/demo.sqlite` below the working directory by default.
    pub database: Database,
    /// Store nothing: changes are answered as if they had been made, and a new todo always gets the last id
    /// plus one. Off by default.
    pub simulate: bool,
    /// Allow each client 100 requests in 10 s, as the service does. On by default. A client is the leftmost
    /// address of `X-Forwarded-For`, else the peer.
    pub rate_limit: bool,
    /// How long [`DemoApi::stop`](crate::DemoApi::stop) waits for requests that are under way; 2 s by default.
    pub shutdown_timeout: Duration,
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            database: Database::default(),
            simulate: false,
            rate_limit: true,
            shutdown_timeout: Duration::from_secs(2),
        }
    }
}
