//! A small app in Rust, developed with `trunk serve`.

use std::{fs, path::PathBuf, process::Command};

use front_fixture::unused_port;
use tempfile::TempDir;

use crate::dev_server::DevServer;

/// The manifest without the dependency, which is the workspace's: its tools are for that version.
const MANIFEST: &str =
    "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n";

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

const INDEX: &str = "<!doctype html><html lang=\"en\"><head><title>App</title><link rel=\"icon\" href=\"data:,\"></head><body></body></html>";

/// The sources of an app that shows a text.
#[derive(Debug)]
pub struct TrunkApp {
    folder: TempDir,
}

impl TrunkApp {
    /// An app that shows `text`.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let app = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(app.path("src")).unwrap();
        let workspace = fs::read_to_string(WORKSPACE).unwrap();
        let dependency = workspace.lines().find(|line| line.starts_with("wasm-bindgen = ")).unwrap();
        fs::write(app.path("Cargo.toml"), format!("{MANIFEST}{dependency}\n")).unwrap();
        fs::write(app.path("index.html"), INDEX).unwrap();
        app.shows(text);
        app
    }

    /// Shows another text from the next build on.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn shows(&self, text: &str) {
        let main = format!(
            "use wasm_bindgen::prelude::wasm_bindgen;\n\n\
             #[wasm_bindgen(inline_js = \"export function show(text) {{ document.body.append(text); }}\")]\n\
             extern \"C\" {{\n    fn show(text: &str);\n}}\n\nfn main() {{\n    show({text:?});\n}}\n"
        );
        fs::write(self.path("src/main.rs"), main).unwrap();
    }

    /// Starts `trunk serve`.
    #[must_use]
    pub fn develop(&self) -> DevServer {
        let port = unused_port();
        let mut command = Command::new("trunk");
        command
            .args(["serve", "--skip-version-check", "--address", "127.0.0.1", "--port", &port.to_string()])
            .current_dir(self.folder.path())
            .env("TRUNK_OFFLINE", "true")
            // What the workspace depends on has been fetched.
            .env("CARGO_NET_OFFLINE", "true")
            .env_remove("CARGO_TARGET_DIR")
            // trunk 0.21 takes `NO_COLOR=1` for a malformed flag and refuses to start.
            .env_remove("NO_COLOR");
        DevServer::run(command, port)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
