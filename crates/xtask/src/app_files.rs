//! The files of an app that trunk has built: a script, its wasm, and the modules that it loads later.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The page that trunk writes.
pub(crate) const PAGE: &str = "index.html";

/// The digest of contents, in sixteen digits: the server knows them for a hash.
pub(crate) fn digest(contents: impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// `STEM.js`, `STEM_bg.wasm`, and `STEM_NAME.wasm` for each module that is loaded later.
pub(crate) struct AppFiles {
    folder: PathBuf,
    stem: String,
}

impl AppFiles {
    /// Every script in `folder` that has its wasm beside it.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn all_in(folder: &Path) -> Result<Vec<Self>> {
        let scripts = names_in(folder)?;
        let stems = scripts.iter().filter_map(|name| name.strip_suffix(".js"));
        let apps = stems.map(|stem| Self { folder: folder.to_owned(), stem: stem.to_owned() });
        Ok(apps.filter(|app| app.wasm().exists()).collect())
    }

    /// The folder that holds them.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the names of all of them begin with.
    pub(crate) fn stem(&self) -> &str {
        &self.stem
    }

    /// The name of the crate. trunk puts a hash after it, unless it is told not to.
    pub(crate) fn name(&self) -> &str {
        self.name_and_hash().map_or(&self.stem, |(name, _)| name)
    }

    /// Whether trunk has put a hash into their names.
    pub(crate) fn is_hashed(&self) -> bool {
        self.name_and_hash().is_some()
    }

    /// The JavaScript that starts the wasm.
    pub(crate) fn glue(&self) -> PathBuf {
        self.folder.join(format!("{}.js", self.stem))
    }

    /// The module that the page starts with.
    pub(crate) fn wasm(&self) -> PathBuf {
        self.folder.join(self.later("bg"))
    }

    /// The name of the file of a module that is loaded later.
    pub(crate) fn later(&self, module: &str) -> String {
        format!("{}_{module}.wasm", self.stem)
    }

    /// All of its modules, in the order of their names.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn modules(&self) -> Result<Vec<PathBuf>> {
        let start = format!("{}_", self.stem);
        let names = names_in(&self.folder)?;
        let modules = names.iter().filter(|name| name.starts_with(&start) && name.ends_with(".wasm"));
        Ok(modules.map(|name| self.folder.join(name)).collect())
    }

    fn name_and_hash(&self) -> Option<(&str, &str)> {
        // trunk writes a number, without zeros in front.
        let is_hash = |hash: &str| !hash.is_empty() && hash.len() <= 16 && hash.bytes().all(is_hex_digit);
        self.stem.rsplit_once('-').filter(|(_, hash)| is_hash(hash))
    }
}

fn is_hex_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// The names in `folder`, sorted.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_a_script_with_wasm_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["app-1f.js", "app-1f_bg.wasm", "app-1f_parts.wasm", "app-1f2_bg.wasm", "other.js"];
        for file in files {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let apps = AppFiles::all_in(folder.path()).unwrap();
        assert_eq!(apps.len(), 1);
        assert_eq!((apps[0].stem(), apps[0].name()), ("app-1f", "app"));
        let modules = ["app-1f_bg.wasm", "app-1f_parts.wasm"].map(|file| folder.path().join(file));
        assert_eq!(apps[0].modules().unwrap(), modules);
    }

    #[test]
    fn the_crate_s_name_is_what_stands_before_trunk_s_hash() {
        let app = |stem: &str| AppFiles { folder: PathBuf::new(), stem: stem.to_owned() };
        assert_eq!(app("my-app-9fd86916b81c40cd").name(), "my-app");
        for stem in ["my-app", "app", "app-", "app-9fd86916b81c40cd0"] {
            assert_eq!(app(stem).name(), stem);
            assert!(!app(stem).is_hashed());
        }
    }
}
