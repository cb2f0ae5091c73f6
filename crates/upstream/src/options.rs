//! Which server is upstream, and the terms on which it is talked to.

use std::{path::PathBuf, time::Duration};

use super::base_url::BaseUrl;

/// The upstream and the terms on which it is talked to.
#[derive(Debug, Clone)]
pub struct UpstreamOptions {
    /// Which server it is.
    pub kind: UpstreamKind,
    /// Trust anchors for https (PEM); `None`: the system's.
    pub ca_file: Option<PathBuf>,
    /// How long anything may take.
    pub deadlines: Deadlines,
    /// Exchanges at once, per worker.
    pub connections: usize,
    /// For an idle pooled connection to be used again.
    pub keep_alive: Duration,
    /// Header block of an answer, in bytes; past it 502.
    pub head_max: usize,
}

/// Which server is behind the BFF.
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
