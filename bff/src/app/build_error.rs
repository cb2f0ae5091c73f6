//! Why a server cannot be built.

use std::{io, net::SocketAddr};

use demo_api::DemoError;

use crate::{connection::CertificateError, metrics::MetricsError, otlp::OtlpError, spa::SpaError};

/// Reasons why a server cannot be built. Each message is one line that names the setting to change.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The listen address is taken, or does not belong to this machine.
    #[error("BFF_LISTEN: cannot listen on {address}: {source}")]
    Bind {
        /// The address that could not be bound.
        address: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The address that leads to https is taken, or does not belong to this machine.
    #[error("BFF_REDIRECT_HTTP: cannot listen on {address}: {source}")]
    Redirect {
        /// The address that could not be bound.
        address: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The server's own certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The app's files cannot be served.
    #[error(transparent)]
    Spa(#[from] SpaError),
    /// The private listener cannot start.
    #[error("BFF_METRICS_LISTEN: {0}")]
    Metrics(#[from] MetricsError),
    /// The export of spans cannot start.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
    Otlp(#[from] OtlpError),
    /// The trust anchors for the upstream cannot be read.
    #[error("BFF_UPSTREAM_CA: {0}")]
    Trust(String),
    /// The certificates for an upstream of the route table cannot be used.
    #[error("BFF_ROUTES: upstream {name:?}: ca {problem}")]
    UpstreamTrust {
        /// Its name in the table.
        name: String,
        /// The problem of a file, as the end of the sentence.
        problem: String,
    },
    /// The system's trust anchors, for a dev server with https, cannot be read.
    #[error("BFF_SPA_DEV: {0}")]
    DevTrust(String),
    /// The trust anchors for the OpenID provider cannot be read.
    #[error("BFF_OIDC_CA: {0}")]
    OidcTrust(String),
    /// The embedded demo upstream cannot start.
    #[error("DEMO_DB: the demo upstream cannot start: {0}")]
    Demo(#[from] DemoError),
    /// The operating system refused to start the server.
    #[error("the server cannot start: {0}")]
    Io(#[from] io::Error),
}
