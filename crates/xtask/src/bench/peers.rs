//! The servers that are measured, and the upstream behind them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::ask;
use super::nginx;
use super::process::{LOAD_CORE, Process, SERVER_CORE};
use super::scenario::{CONTENT_TYPE, Peer};
use crate::{listening, workspace};

/// Five routes: one that keeps a session's answers, one in a session, one that may invalidate, and the rest.
pub(super) const ROUTES: &str = r#"
[[route]]
path = "/session/cached"
session = "required"
cache = { private = true }

[[route]]
path = "/session/list"
session = "required"

[[route]]
path = "/one/{id}"
methods = ["GET", "PUT", "PATCH", "DELETE"]
tags = ["todos"]

[[route]]
path = "/add"
methods = ["POST"]
invalidates = ["todos"]

[[route]]
path = "/{*rest}"
"#;

/// A name and a password that the upstream takes.
const CREDENTIALS: &str = r#"{"username":"ada","password":"adapass"}"#;

/// Where programs are, and where the servers' files go.
pub(super) struct Stage {
    pub(super) folder: PathBuf,
    binaries: PathBuf,
    app: PathBuf,
    pub(super) upstream: Process,
}

impl Stage {
    /// Starts the upstream. The servers' files go below `folder`.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn set_up(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        std::fs::write(folder.join("routes.toml"), ROUTES).context("writing the route table")?;
        let binaries = workspace::target_dir()?.join("dist");
        let upstream = Process::announced(LOAD_CORE, &binaries.join("bench-upstream"), |_| {})?;
        Ok(Self { folder, binaries, app: workspace::dist(), upstream })
    }

    /// Starts a server. Where it is not to compress, the product does not either: its peers do not by default.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start(&self, peer: Peer, compressed: bool) -> Result<Process> {
        match peer {
            Peer::Bff if compressed => self.bff(&[]),
            Peer::Bff => self.bff(&[("BFF_COMPRESS", "off")]),
            Peer::Bare => Process::announced(SERVER_CORE, &self.binaries.join("bench-bare"), |command| {
                command.arg(&self.upstream.address);
            }),
            Peer::Nginx => self.nginx("nginx", false, compressed),
            Peer::NginxSameWork => self.nginx("nginx-same-work", true, compressed),
        }
    }

    /// Starts the product with its normal features on, and with further `settings`.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn bff(&self, settings: &[(&str, &str)]) -> Result<Process> {
        let log = self.log();
        let log = std::fs::File::create(&log).with_context(|| format!("making {}", log.display()))?;
        Process::announced(SERVER_CORE, &self.binaries.join("bff"), |command| {
            command
                .current_dir(&self.folder)
                .env("API_URL", format!("http://{}", self.upstream.address))
                .env("BFF_LISTEN", "127.0.0.1:0")
                .env("BFF_METRICS_LISTEN", "127.0.0.1:0")
                .env("BFF_WORKERS", "1")
                .env("BFF_ROUTES", "routes.toml")
                .env("BFF_RATE_LIMIT", "1000000/1s")
                .env("BFF_MAX_CONNECTIONS", "19000")
                .env("BFF_KEEP_ALIVE", "300s")
                .envs(settings.iter().copied())
                .stderr(log);
        })
    }

    /// The product's log.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("bff.log")
    }

    fn nginx(&self, name: &str, same_work: bool, compressed: bool) -> Result<Process> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let port = listening::free_port()?;
        let text =
            nginx::configuration(&folder, port, &self.upstream.address, &self.app, same_work, compressed);
        let file = folder.join("nginx.conf");
        std::fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
        let program = workspace::find_program(&["nginx", "../sbin/nginx"]).context("nginx is missing")?;
        let (file, prefix) = (file.to_string_lossy(), folder.to_string_lossy());
        let args = ["-c", &*file, "-p", &*prefix];
        Process::listening(SERVER_CORE, &program, &args, format!("127.0.0.1:{port}"))
    }

    /// The path of the app's compiled code.
    ///
    /// # Errors
    /// When the app has not been built.
    pub(super) fn wasm(&self) -> Result<String> {
        let files = std::fs::read_dir(&self.app).context("reading the built app")?.flatten();
        let mut names = files.filter_map(|file| file.file_name().into_string().ok());
        let name = names.find(|name| Path::new(name).extension().is_some_and(|kind| kind == "wasm"));
        Ok(format!("/{}", name.context("the built app has no wasm file")?))
    }
}

/// Signs in, and returns the cookie of the session.
///
/// # Errors
/// When the server refuses.
pub(super) fn sign_in(address: &str) -> Result<String> {
    let fields = [("Sec-Fetch-Site", "same-origin"), CONTENT_TYPE];
    let answer = ask::once(address, &ask::text("POST", "/bff/login", &fields, CREDENTIALS))?;
    let field = answer.lines().find_map(|line| line.strip_prefix("set-cookie: "));
    let field = field.with_context(|| format!("no session: {answer}"))?;
    Ok(field.split(';').next().unwrap_or_default().to_owned())
}
