//! Where Redis is, and where sessions are kept.

use super::{ConfigError, reader::Reader, setting};
use crate::redis::RedisAddress;

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

/// `REDIS_URL`. Not [`Reader::optional`]: what is wrong with an address is said without repeating its password.
pub(super) fn address(reader: &mut Reader<'_>) -> Option<RedisAddress> {
    let given = reader.text(&setting::REDIS_URL)?;
    let address = RedisAddress::parse(&given);
    if reader.text(&setting::SESSION_KEY).is_none() {
        let problem = "is missing; REDIS_URL needs it, the same for all replicas (openssl rand -hex 32)";
        reader.note(ConfigError::new(&setting::SESSION_KEY, "", problem));
    }
    address.map_err(|problem| reader.note(ConfigError::new(&setting::REDIS_URL, "…", problem))).ok()
}

impl SessionPlace {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let has_redis = reader.text(&setting::REDIS_URL).is_some();
        let by_itself = if has_redis { Self::Redis } else { Self::Memory };
        let place = reader.optional(&setting::SESSION_STORE, |given| match given {
            "memory" => Ok(Self::Memory),
            "cookie" => Ok(Self::Cookie),
            "redis" if has_redis => Ok(Self::Redis),
            "redis" => Err("needs REDIS_URL".into()),
            _ => Err("is none of memory, redis and cookie".into()),
        });
        // With a Redis its absence has been noted.
        if place == Some(Self::Cookie) && !has_redis && reader.text(&setting::SESSION_KEY).is_none() {
            let problem = "is missing; BFF_SESSION_STORE=cookie needs it (openssl rand -hex 32)";
            reader.note(ConfigError::new(&setting::SESSION_KEY, "", problem));
        }
        place.unwrap_or(by_itself)
    }
}
