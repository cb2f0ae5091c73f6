//! From an accepted socket to a watched connection: who it comes from, whether there is room, and TLS.

use std::{io, net::SocketAddr, sync::Arc};

use ipnet::IpNet;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsAcceptor;

use http_message::shares::Share;
use telemetry::metrics;
use upstream::transport::Transport;

use super::{
    certificate::{Certificate, HTTP2},
    deadlines::ClientLimits,
    multiplexed::Multiplexed,
    per_address::AddressConnections,
    proxy_header,
    refusal::Client,
    versioned::Versioned,
    watched::Watched,
};

/// Most bytes that TLS keeps for a client that does not take them. They are beyond the rate that slow clients are held to.
const TLS_KEPT_MAX: usize = 16 * 1024;

/// The terms on which connections are taken.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Whether browsers use https, be it that another server ends TLS.
    pub https: bool,
    /// Time limits of a client.
    pub limits: ClientLimits,
    /// The connections of each address.
    pub connections: AddressConnections,
    /// The server's own certificate; `None`: connections are plain.
    pub certificate: Option<Arc<Certificate>>,
    /// The proxies that say in a header of the PROXY protocol whom they speak for; `None`: nobody does.
    pub proxies: Option<Arc<[IpNet]>>,
}

/// A connection that has been taken.
#[derive(Debug)]
pub struct Taken {
    /// The connection itself.
    pub connection: Versioned<Transport>,
    /// The one at its other end, as far as it is known.
    pub peer: Option<SocketAddr>,
    _counted: Option<Share>,
}

/// A socket that may stay: there is room for its client. Nothing of TLS or HTTP has been read.
#[derive(Debug)]
pub struct Admitted {
    /// The socket itself.
    pub socket: TcpStream,
    /// The one at its other end, as far as it is known.
    pub peer: Option<SocketAddr>,
    /// It counts as a connection of its client for as long as this lives.
    pub counted: Option<Share>,
}

impl Entrance {
    /// Takes a connection. `None`: it was ended, and counted with its fault.
    pub async fn take(&self, socket: TcpStream) -> Option<Taken> {
        told(self.try_take(socket).await)
    }

    /// Admits a connection, which goes on without TLS and unwatched. `None`: it was ended, and counted with its fault.
    pub async fn admit(&self, socket: TcpStream) -> Option<Admitted> {
        told(self.try_admit(socket).await)
    }

    async fn try_admit(&self, mut socket: TcpStream) -> Result<Admitted, &'static str> {
        // The last piece of a long answer would wait for an acknowledgement, which a client may delay by 40 ms.
        socket.set_nodelay(true).map_err(|_| "gone")?;
        let mut peer = socket.peer_addr().ok();
        if self.speaks_for_others(peer) {
            let said = self.in_time(proxy_header::source(&mut socket)).await.map_err(|_| "proxy_header")?;
            peer = said.or(peer);
        }
        let counted = peer.map(|peer| self.connections.count(peer.ip())).transpose();
        let counted = counted.map_err(|_| "address")?.flatten();
        Ok(Admitted { socket, peer, counted })
    }

    async fn try_take(&self, socket: TcpStream) -> Result<Taken, &'static str> {
        let Admitted { socket, peer, counted } = self.try_admit(socket).await?;
        let mut is_http2 = false;
        let socket = match &self.certificate {
            None => Transport::Plain(socket),
            Some(certificate) => {
                let acceptor = TlsAcceptor::from(certificate.current());
                let mut accepted = self.in_time(acceptor.accept(socket)).await.map_err(|_| "handshake")?;
                let (_, session) = accepted.get_mut();
                session.set_buffer_limit(Some(TLS_KEPT_MAX));
                is_http2 = session.alpn_protocol() == Some(HTTP2);
                Transport::within(accepted)
            }
        };
        let client = Client { address: peer.map(|peer| peer.ip()), https: self.https };
        let connection = match is_http2 {
            true => Versioned::Http2(Multiplexed::new(socket, self.limits)),
            false => Versioned::Http1(Watched::new(socket, client, self.limits)),
        };
        Ok(Taken { connection, peer, _counted: counted })
    }

    fn speaks_for_others(&self, peer: Option<SocketAddr>) -> bool {
        let address = peer.map(|peer| peer.ip().to_canonical());
        let among = |proxies: &Arc<[IpNet]>| {
            address.is_some_and(|address| proxies.iter().any(|network| network.contains(&address)))
        };
        self.proxies.as_ref().is_some_and(among)
    }

    /// What comes before the first head has the time of a head.
    async fn in_time<T>(&self, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        timeout(self.limits.head, step).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

fn told<T>(outcome: Result<T, &'static str>) -> Option<T> {
    outcome.inspect_err(|fault| metrics::connection_ended(fault)).ok()
}
