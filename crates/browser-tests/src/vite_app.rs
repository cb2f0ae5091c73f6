//! A React app built and developed with Vite, made of the code on the page about other front ends.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use front_fixture::{page, unused_port};
use tempfile::TempDir;

use crate::dev_server::DevServer;

/// The folder with the packages without `BFF_TEST_VITE`.
const PACKAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/vite");

const PAGE: &str = "docs/own-frontend.md";

const INDEX: &str = r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Todos</title>
    <link rel="icon" href="data:," />
  </head>
  <body>
    <div id="root"></div>
    <script type="module" src="/src/main.jsx"></script>
  </body>
</html>
"#;

/// The sources of the app, and the packages that it needs.
#[derive(Debug)]
pub struct ViteApp {
    folder: TempDir,
}

impl ViteApp {
    /// The app of the page, with `more` modules that its main module imports.
    ///
    /// # Panics
    /// If the packages are not there.
    #[must_use]
    pub fn new(more: &[(&str, &str)]) -> Self {
        let packages =
            env::var_os("BFF_TEST_VITE").map_or_else(|| Path::new(PACKAGES).to_owned(), PathBuf::from);
        let packages = packages.join("node_modules");
        assert!(packages.is_dir(), "there is no {}: `cargo xtask test` installs it", packages.display());
        let app = Self { folder: tempfile::tempdir().unwrap() };
        // Links: Vite serves nothing outside the app's folder, and writes beside its packages.
        let copied = Command::new("cp").arg("-al").arg(packages).arg(app.path("node_modules")).status();
        assert!(copied.unwrap().success());
        fs::create_dir(app.path("src")).unwrap();
        app.write("package.json", r#"{ "type": "module" }"#);
        app.write("index.html", INDEX);
        app.write("vite.config.js", &page::block(PAGE, "js", "defineConfig"));
        app.write("src/api.js", &page::block(PAGE, "js", "export async function api"));
        app.write("src/App.jsx", &page::block(PAGE, "jsx", "export default function App"));
        app.write("src/SignIn.jsx", &page::block(PAGE, "jsx", "export default function SignIn"));
        let imports: String = more.iter().map(|(name, _)| format!("import \"./{name}\";\n")).collect();
        let main = page::block(PAGE, "jsx", "createRoot");
        app.write("src/main.jsx", &[imports, main].concat());
        for (name, content) in more {
            app.write(&format!("src/{name}"), content);
        }
        app
    }

    /// Writes a file of the app.
    ///
    /// # Panics
    /// If that is not possible.
    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Puts `to` in the place of `from` in a file of the app.
    ///
    /// # Panics
    /// If it is not there.
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let content = fs::read_to_string(self.path(name)).unwrap();
        assert!(content.contains(from), "{name} has no {from}");
        self.write(name, &content.replace(from, to));
    }

    /// Builds the app into a folder of this name, and returns its path.
    ///
    /// # Panics
    /// If Vite does not.
    #[must_use]
    pub fn build(&self, name: &str) -> String {
        let output = self.vite().args(["build", "--outDir", name]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.path(name).display().to_string()
    }

    /// Starts the dev server.
    #[must_use]
    pub fn develop(&self) -> DevServer {
        let port = unused_port();
        let mut command = self.vite();
        command.args(["--host", "127.0.0.1", "--strictPort", "--port", &port.to_string()]);
        DevServer::run(command, port)
    }

    fn vite(&self) -> Command {
        let mut command = Command::new("node");
        command.arg("node_modules/vite/bin/vite.js").current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
