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
    /// The time limits of one exchange.
    pub deadlines: Deadlines,
    /// Most exchanges at once, per worker.
    pub connections: usize,
    /// How long an idle pooled connection may be used again.
    pub keep_alive: Duration,
    /// Largest header block of an answer, in bytes; past it 502.
    pub head_max: usize,
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
    /// From the start to the last byte of the answer.
    pub total: Duration,
    /// Name resolution, TCP and TLS.
    pub connect: Duration,
    /// From the request's last byte to the answer's head.
    pub head: Duration,
    /// Between two pieces of a body, in either direction.
    pub idle: Duration,
}
