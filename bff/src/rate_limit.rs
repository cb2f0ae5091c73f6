//! Rate limits over a sliding window, counted the same way in this process or by many replicas together.
//!
//! Time is cut into windows of the limit's length, counted from 1970. Each key has two counts: one of the running
//! window, and one of the window before it. The uses within the last full length are estimated: the running count,
//! plus the share of the previous window that still overlaps. A key needs two numbers however high the limit is, and
//! two increments in a shared store.
//!
//! The rules are pure: every function takes `now`.

pub mod memory;
pub mod redis;
pub mod shared;
mod subject;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderName;

use http_message::{HeaderBlock, field_value};

use crate::redis::{StoreError, StoreFuture};

pub use self::subject::{LimitSubject, PersonKey, Realm, Subjects, alone, network_of_names, networks_of};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// A limit: so many uses within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Most uses.
    pub count: u32,
    /// Length of the window.
    pub window: Duration,
}

impl Limit {
    /// A limit of so many times the uses.
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self { count: self.count.saturating_mul(factor), ..self }
    }
}

/// The key of one count. A subject has one count for each policy that it is under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LimitKey {
    /// The policy.
    pub policy: LimitPolicy,
    /// The subject.
    pub subject: LimitSubject,
}

/// The name of a limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LimitPolicy {
    /// `BFF_RATE_LIMIT`.
    Default,
    /// A route's `limit`, by the number of its path and methods.
    Route(u64),
    /// `BFF_ADDRESS_LIMIT`.
    Address,
    /// `BFF_LOGIN_LIMIT`.
    Login,
    /// `BFF_LOGIN_LIMIT`, for browsers that have signed in under the name before.
    KnownLogin,
    /// `BFF_LOGIN_LIMIT`, for browsers that come back from an OpenID provider.
    Callback,
    /// The limit on browsers' reports; see [`reports`](crate::guard::reports).
    Report,
}

/// The decision on a request for some uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the uses are granted; granted uses have been counted.
    pub allowed: bool,
    /// Uses that are left now.
    pub remaining: u32,
    /// The wait until refused uses would be granted; the window's length where they are granted.
    pub reset: Duration,
}

/// Uses of one key in the window that is running and in the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Number of the running window, counted from 1970.
    window: u64,
    current: u32,
    previous: u32,
}

/// A store of counts.
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

/// Charges `cost` uses to each of `subjects`, in their order. The first limit that refuses ends the charge: a
/// narrow network over its limit takes nothing from the wider ones.
///
/// Returns the limit and the verdict of the first subject, or those that refuse.
///
/// # Errors
/// [`StoreError`].
pub async fn take_each(
    store: &dyn RateLimitStore,
    policy: &LimitPolicy,
    subjects: Subjects,
    limit: Limit,
    cost: u32,
    now: SystemTime,
) -> Result<(Limit, Verdict), StoreError> {
    let mut first = None;
    for (subject, times) in subjects.into_iter().flatten() {
        let limit = limit.times(times);
        let verdict = store.take(&LimitKey { policy: policy.clone(), subject }, limit, cost, now).await?;
        if !verdict.allowed {
            return Ok((limit, verdict));
        }
        first.get_or_insert((limit, verdict));
    }
    // Nobody is charged by an empty list.
    Ok(first.unwrap_or((limit, Verdict { allowed: true, remaining: limit.count, reset: limit.window })))
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

    /// The verdict on `cost` uses, `elapsed` microseconds into the running window. These counts already hold uses
    /// that were granted.
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

    /// Microseconds until `cost` uses would be granted, if no others came.
    fn wait(&self, limit: Limit, cost: u32, length: u64, elapsed: u64) -> u64 {
        let Some(room) = u64::from(limit.count).checked_sub(u64::from(cost)) else {
            // A cost above the limit is never granted. A window's length is as good an answer as any.
            return length;
        };
        let left = length - elapsed;
        if let Some(room) = room.checked_sub(u64::from(self.current)) {
            // Within this window: until few enough uses of the previous one overlap.
            return left.saturating_sub(room * length / u64::from(self.previous.max(1)));
        }
        // In the next window, this one is the previous one.
        left + length.saturating_sub(room * length / u64::from(self.current.max(1)))
    }

    /// Whether these counts are too old at `now` to refuse anything.
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

/// The length of a limit's window in microseconds; never zero.
fn length(limit: Limit) -> u64 {
    micros(limit.window).max(1)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The charge of a request under one policy, for its answer's header block.
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

    /// The wait until the next attempt, where the charge was refused.
    #[must_use]
    pub fn refusal(&self) -> Option<Duration> {
        (!self.verdict.allowed).then_some(self.verdict.reset)
    }

    /// Adds the rate limit fields (draft-ietf-httpapi-ratelimit-headers-10). The upstream's own limit fields stay
    /// beside them: a client that heeds all of them is never too fast.
    pub fn say(&self, headers: &mut HeaderBlock) {
        let Self { name, limit: Limit { count, window }, verdict } = self;
        let policy = field_value(format_args!("\"{name}\";q={count};w={}", seconds(*window)));
        let Verdict { remaining, reset, .. } = verdict;
        let state = field_value(format_args!("\"{name}\";r={remaining};t={}", seconds(*reset)));
        for (field, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
            if let Some(value) = value {
                headers.append(field, value);
            }
        }
    }
}

/// Whole seconds, rounded up: a client that returns at that second must not be early.
#[must_use]
pub const fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + (duration.subsec_nanos() > 0) as u64
}

#[cfg(test)]
mod tests;
