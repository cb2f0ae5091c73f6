//! The app of the guide of `query-yew`: its code blocks, on the packages of both crates as they would be published.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use front_fixture::page;

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Both packages; the second needs the first.
const PACKAGES: [&str; 2] = ["query-core", "query-yew"];

/// The head of the manifest; the guide has its dependencies.
const MANIFEST: &str =
    "[package]\nname = \"guide\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n";

/// What stands in for the registry.
const PATCHES: &str = "\n[patch.crates-io]\n";

const INDEX: &str = "<!doctype html><html lang=\"en\"><head><title>Guide</title><link rel=\"icon\" href=\"data:,\"></head><body></body></html>";

/// The address of the API in the guide, and the one that the server here has for it.
const API: [&str; 2] = ["const API: &str = \"/api\";", "const API: &str = \"/api/server\";"];

/// The built app.
#[derive(Debug)]
pub struct GuideApp {
    folder: PathBuf,
}

impl GuideApp {
    /// Packages the crates, unpacks them into an empty folder, writes the app beside them, and builds it with trunk.
    ///
    /// # Panics
    /// If one of these fails.
    #[must_use]
    pub fn build() -> Self {
        let target = target_folder();
        // Within the target folder and always the same: what is built of it does not add up, and takes its flags from here.
        let app = Self { folder: target.join("guide") };
        let _ = fs::remove_dir_all(&app.folder);
        fs::create_dir_all(app.folder.join("app/src")).unwrap();
        app.make_packages();
        let patch = |name| format!("{name} = {{ path = {:?} }}\n", app.package(name).display().to_string());
        let patches = PACKAGES.map(patch).concat();
        let readme = app.package("query-yew").join("README.md").display().to_string();
        let dependencies = page::block(&readme, "toml", "[dependencies]");
        app.write("Cargo.toml", &[MANIFEST, &dependencies, PATCHES, &patches].concat());
        // The versions of the workspace, which have been fetched.
        fs::copy(Path::new(WORKSPACE).join("Cargo.lock"), app.folder.join("app/Cargo.lock")).unwrap();
        let main = page::blocks(&readme, "rust").join("\n");
        assert!(main.contains(API[0]), "the guide names another API");
        app.write("src/main.rs", &main.replace(API[0], API[1]));
        app.write("index.html", INDEX);
        run(Command::new("trunk")
            .args(["build", "--skip-version-check"])
            .current_dir(app.folder.join("app"))
            .env("TRUNK_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", &target)
            // trunk 0.21 takes `NO_COLOR=1` for a malformed flag and refuses to start.
            .env_remove("NO_COLOR"));
        app
    }

    /// The folder of the built app.
    #[must_use]
    pub fn dist(&self) -> String {
        self.folder.join("app/dist").display().to_string()
    }

    /// Makes both packages in one call, as they are published, and unpacks them.
    fn make_packages(&self) {
        let mut command = Command::new("cargo");
        command.args(["package", "--no-verify", "--allow-dirty", "--target-dir"]).arg(&self.folder);
        for name in PACKAGES {
            command.args(["--package", name]);
        }
        run(command.current_dir(WORKSPACE));
        for name in PACKAGES {
            let archive = only(&self.folder.join("package"), name, ".crate");
            // As of now: all files of a package are from 2006, and cargo would take a changed one for built.
            run(Command::new("tar").arg("-xmzf").arg(archive).arg("-C").arg(&self.folder));
        }
    }

    /// The folder of an unpacked package.
    ///
    /// # Panics
    /// If there is none of this name.
    #[must_use]
    pub fn package(&self, name: &str) -> PathBuf {
        only(&self.folder, name, "")
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.join("app").join(name), content).unwrap();
    }
}

fn target_folder() -> PathBuf {
    let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    fs::canonicalize(WORKSPACE).unwrap().join(folder)
}

/// The one file or folder of this name and any version.
fn only(folder: &Path, name: &str, ending: &str) -> PathBuf {
    let matches = |path: &PathBuf| {
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        let version = file.strip_prefix(name).and_then(|rest| rest.strip_suffix(ending));
        version.is_some_and(|version| version.starts_with('-'))
    };
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(matches).collect();
    assert_eq!(found.len(), 1, "{name} in {}", folder.display());
    found.remove(0)
}

fn run(command: &mut Command) {
    // What the workspace depends on has been fetched.
    let output = command.env("CARGO_NET_OFFLINE", "true").output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}
