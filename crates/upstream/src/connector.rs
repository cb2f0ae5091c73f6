//! Opens connections to the one upstream there is, TLS included, and puts the guard on them.
//!
//! awc asks for `http://` always: TLS is done here, below the guard, so that the guard sees plain HTTP for
//! both schemes.

use std::{fs, io, path::Path, rc::Rc, sync::Arc, time::Duration};

use actix_service::{Service, always_ready};
use actix_tls::connect::{ConnectError, ConnectInfo, Connection};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use http::Uri;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use super::wire::{Transport, Wire};
use crate::BaseUrl;

/// The trust anchors, one of which must have signed an https upstream's certificate.
pub type Trust = Arc<ClientConfig>;

/// Reads the trust anchors: those in the PEM file `ca`, else the system's.
///
/// # Errors
/// A sentence without its subject, for the message that names the setting.
pub fn trust(ca: Option<&Path>) -> Result<Trust, String> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca {
        let pem = fs::read(path).map_err(|err| format!("cannot be read: {err}"))?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|err| format!("is not PEM: {err}"))?;
            roots.add(certificate).map_err(|err| format!("holds an unusable certificate: {err}"))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err("holds no certificate".to_owned());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|err| err.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

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

impl Target {
    async fn connect(&self) -> io::Result<Transport> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // A request's head and its small body are one write; waiting to fill a segment only costs time.
        tcp.set_nodelay(true)?;
        match &self.tls {
            Some((tls, name)) => Ok(Transport::Tls(Box::new(tls.connect(name.clone(), tcp).await?))),
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
            let connected = timeout(target.deadline, target.connect()).await;
            let transport = connected
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
                .map_err(ConnectError::Io)?;
            Ok(Connection::new(info.request().clone(), Wire::new(transport, target.head_limit)))
        }
        .boxed_local()
    }
}
