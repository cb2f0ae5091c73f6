//! The built app, as it is or deployed with another start page.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// The built app's folder without `BFF_TEST_SPA_DIR`.
const DIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist");

const START_PAGE: &str = "index.html";

/// The built app's folder.
pub(crate) fn folder() -> PathBuf {
    let folder = env::var_os("BFF_TEST_SPA_DIR").map_or_else(|| Path::new(DIST).to_owned(), PathBuf::from);
    assert!(
        folder.join(START_PAGE).is_file(),
        "there is no built app in {}: run `cargo xtask run`, or name its folder in BFF_TEST_SPA_DIR",
        folder.display()
    );
    folder
}

/// A copy of the app with `to` in the place of `from` in its start page.
pub(crate) fn with_start_page(from: &str, to: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        // The start page's compressed forms are left out with it: they are of the other one.
        if !entry.file_name().to_string_lossy().starts_with(START_PAGE) {
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    let start_page = fs::read_to_string(folder().join(START_PAGE)).unwrap();
    assert!(start_page.contains(from), "the start page has no {from}");
    fs::write(copy.path().join(START_PAGE), start_page.replace(from, to)).unwrap();
    copy
}
