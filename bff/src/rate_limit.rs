//! How often somebody may do something: a sliding window, the same whether it is counted in this process or by many
//! together.
//!
//! Time is cut into windows of the limit's length, counted from 1970. Of each key two counts are kept: of the window
//! that is running, and of the one before it. The uses within the last full length are taken to be those of the running
//! window and, of the one before, the share that it still overlaps with. That needs two numbers a key, however high the
//! limit is, and two increments in a shared store.
//!
//! Pure: everything here is handed `now`.

pub mod memory;
pub mod redis;
pub mod shared;

use std::{
    net::{IpAddr, Ipv6Addr},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderName, HeaderValue};

use http_message::HeaderBlock;

use crate::{keys::StoreKey, redis::StoreFuture};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// So many uses within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Uses.
    pub count: u32,
    /// Length of the window.
    pub window: Duration,
}

/// Whose uses are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LimitSubject {
    /// Those of a session.
    Session(StoreKey),
    /// Those of a client address; of IPv6 the whole /64, which is one person's to choose from.
    Address(Option<IpAddr>),
    /// Sign-ins under a name.
    Name(String),
}

impl LimitSubject {
    /// The subject of requests from `address`.
    #[must_use]
    pub fn of_address(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(|address| match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }))
    }
}

/// One count of one subject: a subject has one for each policy that it is under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LimitKey {
    /// What the policy is called.
    pub policy: LimitPolicy,
    /// Whose uses.
    pub subject: LimitSubject,
}

/// What a limit is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LimitPolicy {
    /// `BFF_RATE_LIMIT`.
    Default,
    /// A route's `limit`, by its place in the table.
    Route(usize),
    /// `BFF_LOGIN_LIMIT`.
    Login,
    /// That of what browsers report; see [`reports`](crate::guard::reports).
    Report,
}

/// What came of asking for some uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether they are granted, and have been counted.
    pub allowed: bool,
    /// Uses that are left now.
    pub remaining: u32,
    /// How long until one more is granted, where none is left; else the window's length.
    pub reset: Duration,
}

/// Uses of one key in the window that is running and in the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Which window is running, counted from 1970.
    window: u64,
    current: u32,
    previous: u32,
}

/// A place for counts.
pub trait RateLimitStore: Send + Sync {
    /// Grants and counts `cost` uses of `key` under `limit` at `now`, or none of them.
    fn take<'a>(
        &'a self,
        key: &'a LimitKey,
        limit: Limit,
        cost: u32,
        now: SystemTime,
    ) -> StoreFuture<'a, Verdict>;
}

impl Counts {
    /// Grants and counts `cost` uses under `limit` at `now`, or none of them.
    pub fn take(&mut self, limit: Limit, cost: u32, now: SystemTime) -> Verdict {
        let length = length(limit);
        let now = micros(now.duration_since(UNIX_EPOCH).unwrap_or_default());
        let (window, elapsed) = (now / length, now % length);
        if window != self.window {
            let follows = window == self.window.wrapping_add(1);
            *self = Self { window, current: 0, previous: if follows { self.current } else { 0 } };
        }
        let allowed = self.used(length, elapsed) + u64::from(cost) <= u64::from(limit.count);
        if allowed {
            self.current = self.current.saturating_add(cost);
        }
        self.verdict(allowed, limit, cost, elapsed)
    }

    /// What to say to whoever asked for `cost` uses, `elapsed` microseconds into the running window, which these counts
    /// hold already where they were granted.
    fn verdict(&self, allowed: bool, limit: Limit, cost: u32, elapsed: u64) -> Verdict {
        let length = length(limit);
        let remaining = u64::from(limit.count).saturating_sub(self.used(length, elapsed));
        let reset = if allowed { length } else { self.wait(limit, cost, length, elapsed) };
        Verdict {
            allowed,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            reset: Duration::from_micros(reset),
        }
    }

    /// Uses within the last full length, rounded up.
    fn used(&self, length: u64, elapsed: u64) -> u64 {
        u64::from(self.current) + overlap(self.previous, length - elapsed, length)
    }

    /// Microseconds until `cost` uses would be granted, were there no others.
    fn wait(&self, limit: Limit, cost: u32, length: u64, elapsed: u64) -> u64 {
        let Some(room) = u64::from(limit.count).checked_sub(u64::from(cost)) else {
            // It never will be. A window's length is as good an answer as any.
            return length;
        };
        let left = length - elapsed;
        if let Some(room) = room.checked_sub(u64::from(self.current)) {
            // Within this window: until few enough of the previous one overlap.
            return left.saturating_sub(room * length / u64::from(self.previous.max(1)));
        }
        // In the next one this window is the previous one.
        left + length.saturating_sub(room * length / u64::from(self.current.max(1)))
    }

    /// Whether nothing is left of it at `now` that could refuse anything.
    #[must_use]
    pub fn is_over(&self, limit: Limit, now: SystemTime) -> bool {
        let window = micros(now.duration_since(UNIX_EPOCH).unwrap_or_default()) / length(limit);
        window > self.window.saturating_add(1)
    }
}

/// The share of `count` that lies in the `left` of `length`, rounded up.
fn overlap(count: u32, left: u64, length: u64) -> u64 {
    let share = u128::from(count) * u128::from(left);
    u64::try_from(share.div_ceil(u128::from(length))).unwrap_or(u64::MAX)
}

/// Of a limit's window, in microseconds; never zero.
fn length(limit: Limit) -> u64 {
    micros(limit.window).max(1)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// What a request has been charged under one policy, for its answer's header block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    name: &'static str,
    limit: Limit,
    verdict: Verdict,
}

impl Charge {
    /// A charge under the policy that answers call `name`.
    #[must_use]
    pub const fn new(name: &'static str, limit: Limit, verdict: Verdict) -> Self {
        Self { name, limit, verdict }
    }

    /// How long to wait, where it was refused.
    #[must_use]
    pub fn refusal(&self) -> Option<Duration> {
        (!self.verdict.allowed).then_some(self.verdict.reset)
    }

    /// Says it (draft-ietf-httpapi-ratelimit-headers-10). What the upstream says of its own limits stays beside it:
    /// whoever heeds all of them is never too fast.
    pub fn say(&self, headers: &mut HeaderBlock) {
        let Self { name, limit: Limit { count, window }, verdict } = self;
        let policy = format!("\"{name}\";q={count};w={}", seconds(*window));
        let state = format!("\"{name}\";r={};t={}", verdict.remaining, seconds(verdict.reset));
        for (field, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(field, value);
            }
        }
    }
}

/// Whole seconds, rounded up: who comes back at that second must not be early.
#[must_use]
pub const fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + (duration.subsec_nanos() > 0) as u64
}

#[cfg(test)]
mod tests;
