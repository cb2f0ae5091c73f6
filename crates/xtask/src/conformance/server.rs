//! A `bff` without limits, in front of the suite's origin.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use super::suite;
use crate::{listening, workspace};

/// Fields that the suite sends through besides those that always pass. Its answers are plain text, on which an upstream's
/// policy may stand.
const FIELDS: &str = "a,b,c,capability-seen,clear-site-data,client-request-count,content-foo,content-md5,\
    content-security-policy,public-key-pins,request-numbers,server-base-url,server-now,\
    server-request-count,set-cookie2,template-a,test-header,x-content-foo,x-frame-options,\
    x-test-header,x-xss-protection";

/// Fields that the suite's clients send besides those that always go upstream.
const REQUEST_FIELDS: &str = "abc,bar,baz,foo,other,req-num,surrogate-capability,test-id,test-name";

/// The only route: the usual methods, and the one that the suite uses as an unknown one. The 5xx bodies that are to be
/// cached pass.
const ROUTES: &str = r#"
[[route]]
path = "/{*rest}"
methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "M-SEARCH"]
errors = "passthrough"
"#;

/// A running server; stopped when it is dropped.
pub(super) struct Server {
    process: Child,
    /// Where it listens, with scheme.
    pub(super) address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts a server in front of an origin on that port of this machine.
///
/// # Errors
/// When it does not say where it listens.
pub(super) fn start(origin: u16) -> Result<Server> {
    let binary = workspace::target_dir()?.join("debug").join(format!("bff{}", std::env::consts::EXE_SUFFIX));
    let routes = suite::folder().join("routes.toml");
    std::fs::write(&routes, ROUTES).with_context(|| format!("writing {}", routes.display()))?;
    let process = Command::new(&binary)
        .current_dir(suite::folder())
        .env("API_URL", format!("http://127.0.0.1:{origin}{}", suite::BELOW))
        .env("BFF_LISTEN", "127.0.0.1:0")
        .env("BFF_RATE_LIMIT", "off")
        .env("BFF_CALLER_EXCHANGES", "100000")
        .env("BFF_ROUTES", &routes)
        .env("BFF_REQUEST_HEADERS", REQUEST_FIELDS)
        .env("BFF_RESPONSE_HEADERS", FIELDS)
        .env("BFF_LOG", "error")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("`{}` could not be started", binary.display()))?;
    let mut server = Server { process, address: String::new() };
    server.address = format!("http://{}", listening::announced(&mut server.process)?);
    Ok(server)
}
