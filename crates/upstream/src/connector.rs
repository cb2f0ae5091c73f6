//! Opens connections to the one upstream there is, TLS included, and puts the guard on them.
//!
//! awc asks for `http://` always: TLS is done here, below the guard, so that the guard sees plain HTTP for
//! both schemes.

use std::{io, rc::Rc, time::Duration};

use actix_service::{Service, always_ready};
use actix_tls::connect::{ConnectError, ConnectInfo, Connection};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use http::Uri;
use rustls::pki_types::ServerName;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use super::{transport::Transport, trust::Trust, wire::Wire};
use crate::BaseUrl;

/// The connector by which awc reaches the upstream.
#[derive(Clone)]
pub struct Connector(Rc<Target>);

struct Target {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    deadline: Duration,
    head_limit: usize,
}

impl Connector {
    /// Connects to `base` within `deadline`. `trust` is needed for https; an answer's header block may have
    /// `head_limit` bytes.
    #[must_use]
    pub fn new(base: &BaseUrl, trust: Option<Trust>, deadline: Duration, head_limit: usize) -> Self {
        let tls =
            trust.filter(|_| base.tls).map(|trust| (TlsConnector::from(trust), base.server_name.clone()));
        Self(Rc::new(Target { host: base.host.clone(), port: base.port, tls, deadline, head_limit }))
    }
}

impl Connector {
    /// A connection for one exchange that asks for a WebSocket.
    ///
    /// # Errors
    /// The refusal of the system, or that the deadline has passed.
    pub(super) async fn switching(&self) -> io::Result<Wire> {
        Ok(Wire::switching(self.0.in_time().await?, self.0.head_limit))
    }
}

impl Target {
    async fn in_time(&self) -> io::Result<Transport> {
        let connected = timeout(self.deadline, self.connect()).await;
        connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn connect(&self) -> io::Result<Transport> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // A request's head and its small body are one write; waiting to fill a segment only costs time.
        tcp.set_nodelay(true)?;
        match &self.tls {
            Some((tls, name)) => Ok(Transport::within(tls.connect(name.clone(), tcp).await?)),
            None => Ok(Transport::Plain(tcp)),
        }
    }
}

impl Service<ConnectInfo<Uri>> for Connector {
    type Response = Connection<Uri, Wire>;
    type Error = ConnectError;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    always_ready!();

    fn call(&self, info: ConnectInfo<Uri>) -> Self::Future {
        let target = Rc::clone(&self.0);
        async move {
            let transport = target.in_time().await.map_err(ConnectError::Io)?;
            Ok(Connection::new(info.request().clone(), Wire::new(transport, target.head_limit)))
        }
        .boxed_local()
    }
}
