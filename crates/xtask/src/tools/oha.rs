//! oha asks at a fixed rate, whether or not the server keeps up: what wrk cannot do. For the benchmark alone.

use super::rust_tool::RustTool;

pub(crate) const TOOL: RustTool = RustTool {
    package: "oha",
    version: "1.16.0",
    binaries: &["oha"],
    release: |_| None,
    install_flags: &["--no-default-features", "--features", "rustls"],
    usually: "6 min",
};
