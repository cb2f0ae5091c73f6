//! wasm-bindgen makes the JavaScript glue of the SPA; its test runner runs the component tests in a browser.

use super::prebuilt::Host;
use super::rust_tool::RustTool;

/// Exactly the version of the `wasm-bindgen` crate in `Cargo.lock`: the two speak an unversioned format.
pub(super) const TOOL: RustTool = RustTool {
    package: "wasm-bindgen-cli",
    version: "0.2.129",
    binaries: &["wasm-bindgen", "wasm-bindgen-test-runner"],
    release,
    install_flags: &["--debug", "--no-default-features"],
    usually: "1 to 2 min alone",
};

fn release(host: &Host) -> Option<String> {
    let triple = host.pick("x86_64-unknown-linux-musl", "aarch64-unknown-linux-gnu")?;
    let version = TOOL.version;
    Some(format!(
        "https://github.com/wasm-bindgen/wasm-bindgen/releases/download/{version}/wasm-bindgen-{version}-{triple}.tar.gz"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tool_is_pinned_to_the_version_in_cargo_lock() {
        let lock = std::fs::read_to_string(crate::workspace::root().join("Cargo.lock")).unwrap();
        let package = format!("name = \"wasm-bindgen\"\nversion = \"{}\"", TOOL.version);
        assert!(lock.contains(&package), "Cargo.lock has another wasm-bindgen than {}", TOOL.version);
    }
}
