//! axe-core, from npm: the tests have it look at every page. Nothing of it is shipped.

use std::path::PathBuf;

use super::npm;
use crate::step::Progress;
use crate::workspace;

const PACKAGE: &str = "axe-core";
const VERSION: &str = "4.14.1";

/// Where it is installed.
pub(crate) fn folder() -> PathBuf {
    workspace::tools().join("axe")
}

/// Installs axe-core. A failure here is no error: only the tests that ask it fail, and they say so.
pub(crate) fn ensure(progress: &Progress) {
    if npm::holds(&folder(), PACKAGE, VERSION) {
        return;
    }
    let name = format!("axe-core {VERSION} (npm)");
    if progress.attempt(&name, "5 s", |log| npm::install(log, PACKAGE, VERSION, &folder())).is_none() {
        progress.say("going on without axe-core: the tests that ask it will fail");
    }
}
