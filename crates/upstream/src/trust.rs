//! The certificates that an https upstream may have.

use std::{fs, path::Path, sync::Arc};

use super::Identity;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
    server::ParsedCertificate,
};

/// The trust anchors, one of which must have signed an https upstream's certificate.
pub type Trust = Arc<ClientConfig>;

/// Reads the trust anchors: those in the PEM file `ca`, else the system's. A server may also show one of the file's
/// certificates itself, as one does that has signed its own.
///
/// # Errors
/// A sentence without its subject, for the message that names the setting.
pub fn trust(ca: Option<&Path>) -> Result<Trust, String> {
    trust_as(ca, None)
}

/// The same, with the certificate that this server shows.
///
/// # Errors
/// As [`trust`]; a problem of the identity names its file.
pub fn trust_as(ca: Option<&Path>, identity: Option<&Identity>) -> Result<Trust, String> {
    let mut roots = RootCertStore::empty();
    let mut named = Vec::new();
    if let Some(path) = ca {
        let pem = fs::read(path).map_err(|err| format!("cannot be read: {err}"))?;
        // Some editors put a byte order mark in front.
        let pem = pem.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&pem);
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|err| format!("is not PEM: {err}"))?;
            named.push(certificate.clone());
            roots.add(certificate).map_err(|err| format!("holds an unusable certificate: {err}"))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err("holds no certificate".to_owned());
    }
    let provider = Arc::new(ring::default_provider());
    let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
    let verifier = Verifier { chains: chains.map_err(|err| err.to_string())?, named };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|err| err.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match identity {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = read_identity(identity)?;
            config.with_client_auth_cert(chain, key).map_err(|err| {
                format!(
                    "cannot be used with {} and {}: {err}",
                    identity.cert.display(),
                    identity.key.display()
                )
            })?
        }
    };
    Ok(Arc::new(config))
}

/// The certificate chain and the key of an identity.
fn read_identity(
    identity: &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let Identity { cert, key } = identity;
    let unusable =
        |path: &Path, err: &dyn std::fmt::Display| format!("cannot be used with {}: {err}", path.display());
    let chain = CertificateDer::pem_file_iter(cert).map_err(|err| unusable(cert, &err))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(|err| unusable(cert, &err))?;
    if chain.is_empty() {
        return Err(unusable(cert, &"it holds no certificate"));
    }
    Ok((chain, PrivateKeyDer::from_pem_file(key).map_err(|err| unusable(key, &err))?))
}

/// Whether a certificate is for no name at all: its common name is none (RFC 9525 §2). Where the operator has named it, it
/// is for the one upstream.
fn names_nobody(err: &Error) -> bool {
    matches!(
        err,
        Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) if presented.is_empty()
    )
}

/// The usual rules, and one more: a certificate that the operator has named needs no other to vouch for it.
#[derive(Debug)]
struct Verifier {
    chains: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The rules refuse an authority's certificate as a server's own, after they have checked its dates. Tools such as
            // `openssl req -x509` make no other kind.
            Err(Error::InvalidCertificate(CertificateError::Other(_))) if self.named.contains(end_entity) => {
                let certificate = ParsedCertificate::try_from(end_entity)?;
                match verify_server_name(&certificate, server_name) {
                    Err(err) if names_nobody(&err) => Ok(ServerCertVerified::assertion()),
                    verified => verified.map(|()| ServerCertVerified::assertion()),
                }
            }
            Err(err) if names_nobody(&err) && self.named.contains(end_entity) => {
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}
