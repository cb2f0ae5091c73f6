//! Settings of the upstream: the server, and the limits of an exchange with it.

use std::{path::PathBuf, time::Duration};

use super::base_url::BaseUrl;

/// The upstream and the limits of an exchange with it.
#[derive(Debug, Clone)]
pub struct UpstreamOptions {
    /// The server.
    pub kind: UpstreamKind,
    /// Trust anchors for https (PEM); `None`: the system's.
    pub ca_file: Option<PathBuf>,
    /// The certificate that this server shows an https upstream.
    pub identity: Option<Identity>,
    /// The time limits of one exchange.
    pub deadlines: Deadlines,
    /// Most exchanges at once, per worker.
    pub connections: usize,
    /// How long an idle pooled connection may be used again.
    pub keep_alive: Duration,
    /// Largest header block of an answer, in bytes; past it 502.
    pub head_max: usize,
    /// What is done about an upstream that fails.
    pub resilience: Resilience,
}

/// A client certificate and its key, both PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, with those that vouch for it behind it.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What is done about an upstream that fails. Nothing, unless the operator asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resilience {
    /// Whether idempotent requests are repeated that found no server, or one that cannot answer now.
    pub retries: bool,
    /// Whether a server that fails gets no requests for a while.
    pub breaker: bool,
}

/// The server behind the BFF.
#[derive(Debug, Clone)]
pub enum UpstreamKind {
    /// The one at `API_URL`.
    Api(BaseUrl),
    /// The embedded demo, with its database (`None`: in memory).
    Demo(Option<PathBuf>),
}

/// Time limits of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// Name resolution, TCP and TLS.
    pub connect: Duration,
    /// From the request's last byte to the answer's head.
    pub head: Duration,
    /// From the request's last byte to the last one of an answer that is read whole.
    pub total: Duration,
    /// Between two pieces of a body, in either direction.
    pub idle: Duration,
}

/// A route's own time limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnDeadlines {
    /// In the place of the general `head` and `total`; raises `idle` as well.
    pub timeout: Option<Duration>,
    /// In the place of `head`.
    pub head: Option<Duration>,
    /// In the place of `idle`.
    pub idle: Option<Duration>,
}

impl Deadlines {
    /// The limits with a route's own in the place of the general ones. More time for a route is more time for each
    /// phase, unless the route names the phase.
    #[must_use]
    pub fn with(self, own: &OwnDeadlines) -> Self {
        let head = own.head.or(own.timeout).unwrap_or(self.head);
        Self {
            connect: self.connect,
            head,
            total: own.timeout.unwrap_or(self.total).max(head),
            idle: own.idle.unwrap_or_else(|| self.idle.max(own.timeout.unwrap_or_default())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_routes_timeout_raises_every_phase_that_it_does_not_name() {
        let seconds = Duration::from_secs;
        let general =
            Deadlines { connect: seconds(2), head: seconds(10), total: seconds(10), idle: seconds(60) };
        let with = |timeout: u64, head: u64, idle: u64| {
            let own = |given: u64| (given > 0).then(|| seconds(given));
            let limits =
                general.with(&OwnDeadlines { timeout: own(timeout), head: own(head), idle: own(idle) });
            [limits.head, limits.total, limits.idle].map(|limit| limit.as_secs())
        };
        assert_eq!(with(0, 0, 0), [10, 10, 60]);
        assert_eq!(with(5, 0, 0), [5, 5, 60]);
        assert_eq!(with(3600, 0, 0), [3600, 3600, 3600]);
        assert_eq!(with(3600, 5, 0), [5, 3600, 3600]);
        assert_eq!(with(3600, 0, 7), [3600, 3600, 7]);
        assert_eq!(with(0, 30, 0), [30, 30, 60]);
        assert_eq!(with(0, 5, 7), [5, 10, 7]);
    }
}
