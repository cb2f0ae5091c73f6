//! Counts in Redis, for all replicas together. One script does the arithmetic of [`Counts`] by the clock of Redis. A
//! count expires after two of its windows without a use.

use std::{
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{Counts, Limit, LimitKey, LimitPolicy, LimitSubject, Verdict, length, micros};
use crate::{
    keys::{Seal, SessionKeys},
    redis::{
        Link, LinkError,
        link::Repeat,
        script::{Arg::Number, Script},
    },
};

static TAKE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("take.lua")));

/// Counts behind a [`Link`].
pub struct RedisCounts {
    link: Link,
    seal: Seal,
}

impl RedisCounts {
    /// Builds counts under names made with `keys`: neither an address nor a person's name can be read in Redis.
    #[must_use]
    pub fn new(link: Link, keys: &SessionKeys) -> Self {
        Self { link, seal: Seal::new(keys) }
    }

    /// Grants and counts `cost` uses of `key` under `limit`, or none of them. The time is `now`, or the time of Redis
    /// without one.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn take(
        &self,
        key: &LimitKey,
        limit: Limit,
        cost: u32,
        now: Option<SystemTime>,
    ) -> Result<Verdict, LinkError> {
        let name = self.name(key).ok_or(LinkError::Away)?;
        let now = now.map(|now| micros(now.duration_since(UNIX_EPOCH).unwrap_or_default()));
        let args = [Number(limit.count.into()), Number(length(limit)), Number(cost.into())];
        let args: Vec<_> = args.into_iter().chain(now.map(Number)).collect();
        // A repeated command may count twice. That is better than no count, and than a request that fails for it.
        let (granted, current, previous, elapsed): (bool, u32, u32, u64) =
            self.link.run(&TAKE, &[&name], &args, Repeat::Once).await?;
        let counts = Counts { window: 0, current, previous };
        Ok(counts.verdict(granted, limit, cost, elapsed))
    }

    fn name(&self, key: &LimitKey) -> Option<String> {
        let route = match key.policy {
            LimitPolicy::Route(index) => index.to_string(),
            LimitPolicy::Default | LimitPolicy::Address | LimitPolicy::Login | LimitPolicy::Report => {
                String::new()
            }
        };
        let policy: &[u8] = match key.policy {
            LimitPolicy::Default => b"default",
            LimitPolicy::Route(_) => b"route",
            LimitPolicy::Address => b"address",
            LimitPolicy::Login => b"login",
            LimitPolicy::Report => b"report",
        };
        let name = match &key.subject {
            LimitSubject::Session(session) => {
                self.seal.names("count", &[policy, route.as_bytes(), b"session", session.as_bytes()]).next()
            }
            LimitSubject::Address(address) => {
                let address = address.map(|address| address.to_string()).unwrap_or_default();
                self.seal.names("count", &[policy, route.as_bytes(), b"address", address.as_bytes()]).next()
            }
            LimitSubject::Name(name) => {
                self.seal.names("count", &[policy, route.as_bytes(), b"name", name.as_bytes()]).next()
            }
        };
        name.map(|name| format!("bff:count:{{{}}}", name.to_text()))
    }
}
