//! Certificates for the server's own TLS.

use std::{fs, path::Path, sync::Arc};

use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::program::Program;

/// Writes a new certificate for `localhost` and its key.
pub fn write_certificate(folder: &Path) -> String {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    certificate.pem()
}

/// The settings that name its files.
pub fn files(folder: &Path) -> [(&'static str, String); 2] {
    let path = |name| folder.join(name).to_str().unwrap().to_owned();
    [("BFF_TLS_CERT", path("cert.pem")), ("BFF_TLS_KEY", path("key.pem"))]
}

/// The server with the certificate of `folder`, in front of `upstream`.
pub fn program(upstream: &str, folder: &Path, settings: &[(&str, &str)]) -> Program {
    let files = files(folder);
    let files: Vec<(&str, &str)> = files.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Program::before(upstream, &[&files, settings].concat())
}

/// The terms of a client that believes this certificate alone, and speaks `protocols`.
pub fn client(certificate: &str, protocols: &[&str]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    Arc::new(config)
}
