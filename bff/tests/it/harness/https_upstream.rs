//! A listener with a certificate of its own, for upstreams over TLS.

use std::{
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};

/// A connection after its handshake has begun.
pub type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// An upstream over TLS.
pub struct HttpsUpstream {
    pub port: u16,
    /// The certificate as PEM.
    pub certificate: String,
}

impl HttpsUpstream {
    /// Runs `serve` with each connection, in a thread of its own; the certificate is for `name`.
    pub fn start(name: &str, serve: impl Fn(u16, TlsStream) + Send + Sync + 'static) -> Self {
        Self::with(CertificateParams::new([name.to_owned()]).unwrap(), serve)
    }

    /// The same with a certificate that is an authority's, as `openssl req -x509` makes it.
    pub fn as_authority(name: &str, serve: impl Fn(u16, TlsStream) + Send + Sync + 'static) -> Self {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self::with(params, serve)
    }

    /// The same without any name but a common one, as `openssl req -x509 -subj /CN=localhost` makes it.
    pub fn without_name(is_authority: bool, serve: impl Fn(u16, TlsStream) + Send + Sync + 'static) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        if is_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        Self::with(params, serve)
    }

    /// The same, for clients that show the certificate `client` (PEM) alone.
    pub fn for_client(client: &str, serve: impl Fn(u16, TlsStream) + Send + Sync + 'static) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(client.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        Self::checking(CertificateParams::new(["localhost".to_owned()]).unwrap(), Some(verifier), serve)
    }

    fn with(params: CertificateParams, serve: impl Fn(u16, TlsStream) + Send + Sync + 'static) -> Self {
        Self::checking(params, None, serve)
    }

    fn checking(
        params: CertificateParams,
        clients: Option<Arc<dyn ClientCertVerifier>>,
        serve: impl Fn(u16, TlsStream) + Send + Sync + 'static,
    ) -> Self {
        let own_key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&own_key).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match clients {
            Some(clients) => config.with_client_cert_verifier(clients),
            None => config.with_no_client_auth(),
        };
        let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let (config, serve) = (Arc::new(config), Arc::new(serve));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for tcp in listener.incoming() {
                let (tcp, config, serve) = (tcp.unwrap(), Arc::clone(&config), Arc::clone(&serve));
                thread::spawn(move || {
                    serve(port, StreamOwned::new(ServerConnection::new(config).unwrap(), tcp));
                });
            }
        });
        Self { port, certificate: certificate.pem() }
    }

    /// The address under the name of a local certificate.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}
