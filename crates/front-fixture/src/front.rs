//! A running reverse proxy.

use std::{fs, path::Path, process::Command, time::Duration};

use tempfile::TempDir;

use crate::listening::Listening;

/// How long a proxy may take to listen, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running reverse proxy, ended when it goes out of scope.
#[derive(Debug)]
pub struct Front {
    _server: Listening,
    folder: TempDir,
}

impl Front {
    /// nginx with these blocks of its `http` block, which listen on `port`.
    #[must_use]
    pub fn nginx(blocks: &str, port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nginx.conf");
        fs::write(&file, nginx_file(folder.path(), blocks)).unwrap();
        let mut command = nginx();
        command.arg("-c").arg(&file).args(["-g", "daemon off; master_process off;", "-e", "stderr"]);
        Self::run(command, folder, port)
    }

    /// Caddy with this configuration, which listens on `port`.
    #[must_use]
    pub fn caddy(sites: &str, port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Caddyfile");
        fs::write(&file, format!("{{\n\tadmin off\n\tauto_https off\n}}\n{sites}")).unwrap();
        let mut command = program("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
        // It keeps certificates there.
        command.env("HOME", folder.path()).env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
        Self::run(command, folder, port)
    }

    /// HAProxy with this configuration, which listens on `port`.
    #[must_use]
    pub fn haproxy(configuration: &str, port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("haproxy.cfg");
        fs::write(&file, configuration).unwrap();
        let mut command = program("haproxy");
        command.arg("-db").arg("-f").arg(&file);
        Self::run(command, folder, port)
    }

    fn run(mut command: Command, folder: TempDir, port: u16) -> Self {
        let log = fs::File::create(folder.path().join("log")).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let server = Listening::run(command, port, PATIENCE, || written(&folder));
        Self { folder, _server: server }
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        written(&self.folder)
    }
}

fn written(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join("log")).unwrap_or_default()
}

/// Checks these blocks of nginx's `http` block without running them.
pub fn check_nginx(blocks: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nginx.conf");
    fs::write(&file, nginx_file(folder.path(), blocks)).unwrap();
    let output = nginx().arg("-t").arg("-c").arg(&file).args(["-e", "stderr"]).output().unwrap();
    assert!(output.status.success(), "{}\n{blocks}", String::from_utf8_lossy(&output.stderr));
}

/// A whole configuration, which keeps its files in `folder`.
fn nginx_file(folder: &Path, blocks: &str) -> String {
    let place = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {place}/{name};"))
        .collect();
    format!(
        "pid {place}/pid; error_log {place}/error.log; events {{}}\nhttp {{ access_log off; {temporary}\n{blocks}\n}}\n"
    )
}

fn nginx() -> Command {
    program("nginx")
}

/// Some distributions keep servers where only root looks.
fn program(name: &str) -> Command {
    let for_root = Path::new("/usr/sbin").join(name);
    if for_root.is_file() { Command::new(for_root) } else { Command::new(name) }
}
