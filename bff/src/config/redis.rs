//! Settings of Redis: its address.

use super::{error::ConfigError, reader::Reader, setting};
use crate::redis::RedisAddress;

/// Reads `REDIS_URL`. [`Reader::optional`] does not serve: an error must not repeat the address's password.
pub(super) fn address(reader: &mut Reader<'_>) -> Option<RedisAddress> {
    let given = reader.text(&setting::REDIS_URL)?;
    let address = RedisAddress::parse(&given);
    if reader.text(&setting::SESSION_KEY).is_none() {
        let problem = "is missing; REDIS_URL needs it, the same for all replicas (openssl rand -hex 32)";
        reader.note(ConfigError::new(&setting::SESSION_KEY, "", problem));
    }
    address.map_err(|problem| reader.note(ConfigError::new(&setting::REDIS_URL, "…", problem))).ok()
}
