//! Freshness of an answer: from the upstream's fields (RFC 9111 §4.2), or from the route's policy where it has none.
//! Without either there is none, unless the policy allows heuristics.

use std::time::{Duration, SystemTime};

use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{
    date::date,
    directives::{Directives, delta_seconds},
    heuristic,
    route::{CachePolicy, Heuristic},
};

use http_message::HeaderBlock;

/// The field for caches like this one, in front of an upstream (RFC 9213 §3).
pub(super) const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// Statuses that a route's times are for. The upstream says how long a redirect holds, or an error that the route does not
/// keep.
const OF_ROUTES: [StatusCode; 3] =
    [StatusCode::OK, StatusCode::NON_AUTHORITATIVE_INFORMATION, StatusCode::NO_CONTENT];

/// How long one answer may be used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Freshness {
    received: SystemTime,
    /// The age with which the answer came (RFC 9111 §4.2.3).
    initial_age: Duration,
    /// The age up to which it is fresh.
    pub lifetime: Duration,
    /// For how long after that it may be used while a newer one is fetched (RFC 5861 §3).
    while_revalidate: Option<Duration>,
    /// For how long after that it may be used where no newer one can be had (RFC 5861 §4).
    if_error: Option<Duration>,
    /// Validated at every use (`no-cache`).
    always_validate: bool,
    /// Never used once stale (`must-revalidate`, `proxy-revalidate`).
    never_stale: bool,
    /// Never used stale for a client's `max-stale`: only the upstream may allow it (`s-maxage`, RFC 9111 §5.2.2.10).
    shared_lifetime: bool,
    /// May be stored though the request had `Authorization`, and used for one that has (RFC 9111 §3.5).
    pub for_authorized: bool,
    /// The upstream named no lifetime, the route's `ttl` did.
    pub by_route: bool,
}

/// The kind of cache that would keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A cache for all clients.
    Shared,
    /// A cache for one session.
    Private,
}

impl Freshness {
    /// Reads an answer's status and header block; `request` is the moment when the request was sent. `None`: neither the
    /// upstream nor the route names a lifetime, and heuristics give none.
    #[must_use]
    pub fn of(
        status: StatusCode,
        headers: &HeaderBlock,
        route: Option<&CachePolicy>,
        audience: Audience,
        request: SystemTime,
        now: SystemTime,
    ) -> Option<Self> {
        let directives = control(headers, audience);
        let shared = audience == Audience::Shared;
        let date = date_in(headers, &header::DATE, now);
        let s_maxage = directives.seconds("s-maxage").filter(|_| shared);
        let max_age = s_maxage.or_else(|| directives.seconds("max-age"));
        let always_validate = directives.has_unqualified("no-cache");
        // A targeted field stands for `Expires` as well (RFC 9213 §2.2).
        let expires = headers.contains_key(header::EXPIRES) && !is_targeted(headers, audience);
        let explicit = max_age.or_else(|| expires.then(|| until_expiry(headers, date.unwrap_or(now), now)));
        let silent = headers.get(header::CACHE_CONTROL).is_none() && !is_targeted(headers, audience);
        let times = route.filter(|route| {
            let is_kept_error =
                || route.errors && is_error(status) && heuristic::is_cacheable_by_default(status);
            OF_ROUTES.contains(&status) || is_kept_error()
        });
        let of_route = times.filter(|_| explicit.is_none() && silent).and_then(|route| route.ttl);
        let by_heuristics = || {
            route.filter(|route| may_guess(headers, route.heuristic, audience))?;
            let modified = date_in(headers, &header::LAST_MODIFIED, now)?;
            // A date ahead of our clock would make the answer look longer unchanged than it was.
            let made = date.map_or(now, |date| date.min(now));
            heuristic::lifetime(status, &directives, made.duration_since(modified).ok()?)
        };
        let named = explicit.or(of_route).or_else(|| always_validate.then_some(Duration::ZERO));
        let lifetime = named.or_else(by_heuristics)?;
        let delay = now.duration_since(request).unwrap_or_default();
        let apparent = date.and_then(|date| now.duration_since(date).ok()).unwrap_or_default();
        let said = |name| directives.seconds(name);
        Some(Self {
            received: now,
            initial_age: apparent.max(age(headers) + delay),
            lifetime,
            while_revalidate: said("stale-while-revalidate")
                .or(times.and_then(|route| route.stale_while_revalidate)),
            if_error: said("stale-if-error").or(times.and_then(|route| route.stale_if_error)),
            always_validate,
            never_stale: directives.has("must-revalidate") || (shared && directives.has("proxy-revalidate")),
            shared_lifetime: s_maxage.is_some(),
            for_authorized: !shared
                || s_maxage.is_some()
                || directives.has("public")
                || directives.has("must-revalidate"),
            by_route: of_route.is_some(),
        })
    }

    /// The moment when the answer came, by the clock of the process that received it.
    #[must_use]
    pub const fn received(&self) -> SystemTime {
        self.received
    }

    /// How old the answer is now (RFC 9111 §4.2.3).
    #[must_use]
    pub fn age(&self, now: SystemTime) -> Duration {
        self.initial_age.saturating_add(now.duration_since(self.received).unwrap_or_default())
    }

    /// Seconds for which the answer is still fresh; below zero once it is stale.
    #[must_use]
    pub fn ttl(&self, now: SystemTime) -> i64 {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        seconds(self.lifetime).saturating_sub(seconds(self.age(now)))
    }

    /// Whether the answer may be used without validation, as far as its own lifetime goes.
    #[must_use]
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        !self.always_validate && self.age(now) < self.lifetime
    }

    /// For how long the answer has been stale; `None` where it is fresh.
    #[must_use]
    pub fn staleness(&self, now: SystemTime) -> Option<Duration> {
        self.age(now).checked_sub(self.lifetime)
    }

    /// Whether the answer may be used now while a newer one is fetched.
    #[must_use]
    pub fn may_serve_while_revalidating(&self, now: SystemTime) -> bool {
        self.within(self.while_revalidate, now)
    }

    /// Whether the answer may be used now where no newer one can be had.
    #[must_use]
    pub fn may_serve_on_error(&self, now: SystemTime) -> bool {
        self.within(self.if_error, now)
    }

    /// Whether the answer may be used for a client that tolerates this staleness (`max-stale`).
    #[must_use]
    pub fn may_serve_stale(&self, tolerated: Duration, now: SystemTime) -> bool {
        !self.shared_lifetime && self.within(Some(tolerated), now)
    }

    fn within(&self, window: Option<Duration>, now: SystemTime) -> bool {
        let forbidden = self.always_validate || self.never_stale;
        !forbidden && window.zip(self.staleness(now)).is_some_and(|(window, since)| since < window)
    }
}

/// Whether a status says that there is no answer to what was asked for.
#[must_use]
pub fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// The directives that count: those of a targeted field, where there is one, in the place of all others.
#[must_use]
pub fn control(headers: &HeaderBlock, audience: Audience) -> Directives {
    let targeted = Directives::targeted(headers.get_all(CDN_CACHE_CONTROL));
    match targeted.filter(|_| audience == Audience::Shared) {
        Some(targeted) => targeted,
        None => Directives::parse(headers.get_all(header::CACHE_CONTROL)),
    }
}

fn is_targeted(headers: &HeaderBlock, audience: Audience) -> bool {
    audience == Audience::Shared && Directives::targeted(headers.get_all(CDN_CACHE_CONTROL)).is_some()
}

/// Whether heuristics may be used. They must not where the upstream names a time, be it for other caches (RFC 9111
/// §4.2.2). `Pragma: no-cache` is no rule for answers (§5.4), but reason enough not to guess.
fn may_guess(headers: &HeaderBlock, heuristic: Heuristic, audience: Audience) -> bool {
    let is_wanted = match heuristic {
        Heuristic::Off => false,
        Heuristic::Shared => audience == Audience::Shared,
        Heuristic::Private => true,
    };
    let says = |field: &HeaderName, name| Directives::parse(headers.get_all(field)).has(name);
    let names_a_time = headers.contains_key(header::EXPIRES)
        || [header::CACHE_CONTROL, CDN_CACHE_CONTROL]
            .iter()
            .any(|field| says(field, "max-age") || says(field, "s-maxage"));
    is_wanted && !names_a_time && !says(&header::PRAGMA, "no-cache")
}

/// The lifetime that `Expires` gives (RFC 9111 §5.3): a value that is no date has passed.
fn until_expiry(headers: &HeaderBlock, date_of_answer: SystemTime, now: SystemTime) -> Duration {
    let expires = date_in(headers, &header::EXPIRES, now);
    expires.and_then(|at| at.duration_since(date_of_answer).ok()).unwrap_or_default()
}

/// The age that a header block gives. Of a list the first member counts, and a value that is no number of seconds is
/// ignored (RFC 9111 §5.1).
fn age(headers: &HeaderBlock) -> Duration {
    let members = headers.get_all(header::AGE).flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let first = members.map(<[u8]>::trim_ascii).find(|member| !member.is_empty());
    first.and_then(|member| str::from_utf8(member).ok()).and_then(delta_seconds).unwrap_or_default()
}

/// The date in a field that has exactly one line.
fn date_in(headers: &HeaderBlock, name: &HeaderName, now: SystemTime) -> Option<SystemTime> {
    only(headers, name).and_then(|value| date(value, now))
}

/// The value of a field that has exactly one line.
fn only<'a>(headers: &'a HeaderBlock, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut lines = headers.get_all(name);
    lines.next().filter(|_| lines.next().is_none())
}

#[cfg(test)]
mod tests;
