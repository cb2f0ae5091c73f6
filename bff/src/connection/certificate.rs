//! The server's own certificate, which is read again when its files change.

use std::{
    fs,
    io::{self, BufReader},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

/// How often the files are looked at, at most: a new certificate is in use this long after it was written.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The name of HTTP/1.1 in TLS (RFC 7301 §6).
const HTTP1: &[u8] = b"http/1.1";

/// The name of HTTP/2 in TLS (RFC 9113 §3.2).
pub(super) const HTTP2: &[u8] = b"h2";

/// The files of a certificate and its key, in PEM, and what is spoken with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, and those that lead to its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Whether HTTP/2 is offered besides HTTP/1.1.
    pub http2: bool,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The certificate cannot be used.
    #[error("BFF_TLS_CERT: {0}")]
    Certificate(String),
    /// The key cannot be used.
    #[error("BFF_TLS_KEY: {0}")]
    Key(String),
}

/// The certificate in use, for all workers.
#[derive(Debug)]
pub struct Certificate {
    files: CertificateFiles,
    in_use: Mutex<InUse>,
}

#[derive(Debug)]
struct InUse {
    config: Arc<ServerConfig>,
    /// The state of the files that it was read from.
    stamps: [Stamp; 2],
    looked: Instant,
}

/// A certificate that was read, and is not in use yet.
#[derive(Debug)]
pub struct ReadCertificate {
    config: Arc<ServerConfig>,
    stamps: [Stamp; 2],
}

/// When a file was last written, and its length.
type Stamp = Option<(SystemTime, u64)>;

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn read(files: CertificateFiles) -> Result<Self, CertificateError> {
        let stamps = stamps(&files);
        let config = config(&files)?;
        Ok(Self { files, in_use: Mutex::new(InUse { config, stamps, looked: Instant::now() }) })
    }

    /// Reads the files now.
    ///
    /// # Errors
    /// [`CertificateError`]; then the certificate before stays in use.
    pub fn renewed(&self) -> Result<ReadCertificate, CertificateError> {
        Ok(ReadCertificate { stamps: stamps(&self.files), config: config(&self.files)? })
    }

    /// Uses what was read, from the next connection on.
    pub fn turn_to(&self, ReadCertificate { stamps, config }: ReadCertificate) {
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        *in_use = InUse { config, stamps, looked: Instant::now() };
    }

    /// The terms of TLS for a connection that has just been accepted. Files that have changed and cannot be used are told
    /// in the log once, and the certificate before stays in use.
    #[must_use]
    pub fn current(&self) -> Arc<ServerConfig> {
        // No code panics while it holds the lock; were one to, the certificate would still be whole.
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if in_use.looked.elapsed() >= LOOK_EVERY {
            in_use.looked = Instant::now();
            let stamps = stamps(&self.files);
            if stamps != in_use.stamps {
                in_use.stamps = stamps;
                match config(&self.files) {
                    Ok(config) => {
                        in_use.config = config;
                        tracing::info!("the certificate was read again");
                    }
                    Err(err) => tracing::warn!("{err}; the certificate before stays in use"),
                }
            }
        }
        Arc::clone(&in_use.config)
    }
}

fn stamps(files: &CertificateFiles) -> [Stamp; 2] {
    [&files.certificate, &files.key].map(|file| {
        let about = fs::metadata(file).ok()?;
        Some((about.modified().ok()?, about.len()))
    })
}

fn config(files: &CertificateFiles) -> Result<Arc<ServerConfig>, CertificateError> {
    let chain: Vec<CertificateDer<'static>> = pem(&files.certificate)
        .and_then(|file| {
            let chain = CertificateDer::pem_reader_iter(file).collect::<Result<Vec<_>, _>>();
            chain.map_err(|err| format!("is not PEM: {err}"))
        })
        .map_err(|problem| CertificateError::Certificate(told(&files.certificate, &problem)))?;
    if chain.is_empty() {
        let problem = told(&files.certificate, "holds no certificate");
        return Err(CertificateError::Certificate(problem));
    }
    let of_key = |problem: String| CertificateError::Key(told(&files.key, &problem));
    let key = pem(&files.key).and_then(|file| {
        PrivateKeyDer::from_pem_reader(file).map_err(|_| "holds no private key in PEM".to_owned())
    });
    let key = key.map_err(of_key)?;
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|err| of_key(err.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key);
    let mut config = config.map_err(|err| of_key(format!("does not go with the certificate: {err}")))?;
    let spoken = if files.http2 { [HTTP2, HTTP1].as_slice() } else { &[HTTP1] };
    config.alpn_protocols = spoken.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

fn pem(path: &Path) -> Result<BufReader<fs::File>, String> {
    let open = |err: io::Error| format!("cannot be read: {err}");
    // Opening a pipe waits for its writer, and all connections would wait with it.
    if !fs::metadata(path).map_err(open)?.is_file() {
        return Err("is no file".to_owned());
    }
    Ok(BufReader::new(fs::File::open(path).map_err(open)?))
}

fn told(path: &Path, problem: &str) -> String {
    format!("{:?} {problem}", path.display().to_string())
}
