//! Counts in Redis, for all replicas together. One script does the arithmetic of [`Counts`] by the clock of Redis. A
//! count expires after two of its windows without a use.

use std::{
    borrow::Cow,
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use ipnet::IpNet;

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
            _ => String::new(),
        };
        let policy: &[u8] = match key.policy {
            LimitPolicy::Default => b"default",
            LimitPolicy::Route(_) => b"route",
            LimitPolicy::Address => b"address",
            LimitPolicy::Login => b"login",
            LimitPolicy::KnownLogin => b"known login",
            LimitPolicy::Callback => b"callback",
            LimitPolicy::Report => b"report",
        };
        let network =
            |network: &Option<IpNet>| network.map(|network| network.to_string()).unwrap_or_default();
        let (kind, one, two): (&[u8], Cow<'_, [u8]>, String) = match &key.subject {
            LimitSubject::Person(person) => (b"person", person.as_bytes().as_slice().into(), String::new()),
            LimitSubject::Network(of) => (b"network", Cow::default(), network(of)),
            LimitSubject::Name(name, of) => (b"name", name.as_bytes().into(), network(of)),
            LimitSubject::Device(device) => (b"device", device.as_bytes().as_slice().into(), String::new()),
        };
        let parts: [&[u8]; 5] = [policy, route.as_bytes(), kind, &one, two.as_bytes()];
        let name = self.seal.names("count", &parts).next();
        name.map(|name| format!("bff:count:{{{}}}", name.to_text()))
    }
}
