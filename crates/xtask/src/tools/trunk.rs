//! trunk builds the SPA: it calls cargo and wasm-bindgen, copies the styles, writes `index.html`, and calls the hook
//! in `compress.rs`.

use super::prebuilt::Host;
use super::rust_tool::RustTool;

/// 0.22 needs a newer compiler than `rust-toolchain.toml` names.
pub(super) const TOOL: RustTool = RustTool {
    package: "trunk",
    version: "0.21.14",
    binaries: &["trunk"],
    release,
    // No TLS in a tool that, with everything present, never downloads; unoptimised, because it only starts others.
    install_flags: &["--debug", "--no-default-features"],
    usually: "3 to 4 min alone",
};

fn release(host: &Host) -> Option<String> {
    let triple = host.pick("x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl")?;
    Some(format!(
        "https://github.com/trunk-rs/trunk/releases/download/v{}/trunk-{triple}.tar.gz",
        TOOL.version
    ))
}
