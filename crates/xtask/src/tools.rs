//! The tools that the SPA is built with, at pinned versions in the project-local `.tools/`: downloaded where that
//! works, built from their registries where it does not, and reused afterwards.

pub(crate) mod axe;
pub(crate) mod cargo_deny;
pub(crate) mod npm;
pub(crate) mod oha;
pub(crate) mod oidc_provider;
mod place;
mod prebuilt;
pub(crate) mod rust_tool;
pub(crate) mod system_packages;
pub(crate) mod target;
mod trunk;
mod version;
pub(crate) mod vite;
mod wasm_bindgen;
mod wasm_opt;

pub(crate) use self::place::move_into_place;

use anyhow::{Result, anyhow};

use crate::step::Progress;

/// Makes everything present that trunk needs to build the SPA, and the runner of the wasm tests.
///
/// # Errors
/// When a tool can be neither downloaded nor built. A missing `wasm-opt` is no error: a larger app is better than none.
pub(crate) fn ensure(progress: &Progress) -> Result<()> {
    target::ensure(progress)?;
    std::thread::scope(|scope| {
        let optimiser = scope.spawn(|| wasm_opt::ensure(progress));
        // One after the other: each build uses all cores already, and trunk is of no use without wasm-bindgen.
        let tools = wasm_bindgen::TOOL.ensure(progress).and_then(|()| trunk::TOOL.ensure(progress));
        tools.and(join(optimiser))
    })
}

/// The tools' share in the SPA's bytes: their pinned versions, and whether `wasm-opt` is there.
pub(crate) fn fingerprint() -> String {
    format!("{} {} {}", trunk::TOOL.version, wasm_bindgen::TOOL.version, wasm_opt::fingerprint())
}

/// Waits for a thread. A panic in it is a failure of its work.
///
/// # Errors
/// The thread's own error, or one that says it panicked.
pub(crate) fn join<T>(handle: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    handle.join().unwrap_or_else(|_| Err(anyhow!("a step panicked")))
}
