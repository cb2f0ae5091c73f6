//! The service's rate limit: 100 requests for each client in a fixed window of 10 s, which begins with the
//! client's first request. Pure: it is handed the time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use crate::reply::Reply;

/// Requests of one client in one window.
pub(crate) const LIMIT: u32 = 100;
/// Length of a window.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
/// Clients with a window of their own; those beyond share one, so that made-up addresses cannot fill memory.
const CLIENTS_MAX: usize = 10_000;
/// Bytes of a client's name that count; the longest textual IPv6 address has 45.
const CLIENT_NAME_MAX: usize = 64;

/// Counts the requests of each client.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter(Mutex<HashMap<String, Window>>);

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: SystemTime,
    used: u32,
}

/// The rest of a client's allowance after a request was charged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Whether the request is over the limit.
    pub(crate) exceeded: bool,
    /// Requests left in this window.
    pub(crate) remaining: u32,
    /// End of this window.
    pub(crate) resets: SystemTime,
}

impl RateLimiter {
    /// Charges one request that `client` makes at `now`.
    pub(crate) fn charge(&self, client: &str, now: SystemTime) -> Allowance {
        // A count is valid whatever happened to the thread that held the lock.
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut client = &client[..client.floor_char_boundary(CLIENT_NAME_MAX)];
        if !windows.contains_key(client) && windows.len() >= CLIENTS_MAX {
            windows.retain(|_, window| now < window.ends);
            if windows.len() >= CLIENTS_MAX {
                client = "";
            }
        }
        let fresh = Window { ends: now + WINDOW, used: 0 };
        let window = windows.entry(client.to_owned()).or_insert(fresh);
        if now >= window.ends {
            *window = fresh;
        }
        window.used = window.used.saturating_add(1);
        Allowance {
            exceeded: window.used > LIMIT,
            remaining: LIMIT.saturating_sub(window.used),
            resets: window.ends,
        }
    }
}

impl Allowance {
    /// Tells the client, with `Retry-After` when it is over the limit.
    pub(crate) fn announce(&self, reply: &mut Reply) {
        let resets = self.resets.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64().ceil();
        reply.append(HeaderName::from_static("x-ratelimit-limit"), &LIMIT.to_string());
        reply.append(HeaderName::from_static("x-ratelimit-remaining"), &self.remaining.to_string());
        reply.append(HeaderName::from_static("x-ratelimit-reset"), &format!("{resets:.0}"));
        if self.exceeded {
            reply.append(HeaderName::from_static("retry-after"), &WINDOW.as_secs().to_string());
        }
    }
}

/// The client that a request is charged to: the leftmost address of `X-Forwarded-For`, else the peer. Anyone can write
/// that header; the service believes it, and a server that faces strangers must not.
pub(crate) fn client(request: &HttpRequest) -> String {
    let forwarded = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let leftmost =
        forwarded.and_then(|list| list.split(',').next()).map(str::trim).filter(|name| !name.is_empty());
    match leftmost {
        Some(name) => name.to_owned(),
        None => request.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
