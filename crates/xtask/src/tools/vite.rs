//! Vite and React, from npm: the tests build and develop the app of the page on other front ends. Nothing of them is shipped.

use std::path::PathBuf;

use super::npm;
use crate::step::Progress;
use crate::workspace;

/// The packages of the app, the first of which stands for all.
const PACKAGES: [(&str, &str); 5] = [
    ("vite", "8.4.0"),
    ("@vitejs/plugin-react", "6.3.0"),
    ("react", "19.3.1"),
    ("react-dom", "19.3.1"),
    ("@emotion/css", "11.13.5"),
];

/// Where they are installed.
pub(crate) fn folder() -> PathBuf {
    workspace::tools().join("vite")
}

/// Installs the packages. A failure here is no error: only the tests with them fail, and they say so.
pub(crate) fn ensure(progress: &Progress) {
    let are_installed = PACKAGES.iter().all(|(package, version)| npm::holds(&folder(), package, version));
    if are_installed {
        return;
    }
    let installed =
        progress.attempt("Vite and React (npm)", "20 s", |log| npm::install_all(log, &PACKAGES, &folder()));
    if installed.is_none() {
        progress.say("going on without Vite and React: the tests that build an app with them will fail");
    }
}
