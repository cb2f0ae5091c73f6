//! oidc-provider, a certified OpenID provider from npm, signs people in during the tests. Nothing of it is shipped.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::npm;
use crate::step::{Log, Progress};
use crate::workspace;

const PACKAGE: &str = "oidc-provider";
const VERSION: &str = "9.13.3";

/// The oldest Node.js that it starts with.
const NODE_MIN: u32 = 20;

/// Where it is installed.
pub(crate) fn folder() -> PathBuf {
    workspace::tools().join("oidc-provider")
}

/// Installs the provider. A failure here is no error: only the tests that sign in at it fail, and they say so.
pub(crate) fn ensure(progress: &Progress) {
    if is_installed() {
        return;
    }
    let name = format!("oidc-provider {VERSION} (npm)");
    if progress.attempt(&name, "5 s", install).is_none() {
        progress.say(&format!(
            "going on without oidc-provider: the tests that sign in at it will fail. Install Node.js {NODE_MIN} or later \
             with npm and start again to mend that"
        ));
    }
}

fn is_installed() -> bool {
    npm::holds(&folder(), PACKAGE, VERSION)
}

fn install(log: &Log) -> Result<()> {
    check_node()?;
    npm::install(log, PACKAGE, VERSION, &folder())
}

fn check_node() -> Result<()> {
    let output = Command::new("node").arg("--version").output().context("`node` could not be started")?;
    let version = String::from_utf8_lossy(&output.stdout);
    match major(&version) {
        Some(major) if major >= NODE_MIN => Ok(()),
        _ => bail!("it needs Node.js {NODE_MIN}, and this is {}", version.trim()),
    }
}

/// The first number of `v20.11.1`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v8.1.0"), Some(8));
        assert_eq!(major(""), None);
    }
}
