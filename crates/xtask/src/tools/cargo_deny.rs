//! cargo-deny judges the dependencies: which crates, from where, and under which licence.

use super::prebuilt::Host;
use super::rust_tool::RustTool;

/// Without network access of its own since 0.20, and therefore quick to build.
pub(crate) const TOOL: RustTool = RustTool {
    package: "cargo-deny",
    version: "0.20.2",
    binaries: &["cargo-deny"],
    release,
    install_flags: &["--debug"],
    usually: "1 to 2 min alone",
};

fn release(host: &Host) -> Option<String> {
    let triple = host.pick("x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl")?;
    let version = TOOL.version;
    Some(format!(
        "https://github.com/EmbarkStudios/cargo-deny/releases/download/{version}/cargo-deny-{version}-{triple}.tar.gz"
    ))
}
