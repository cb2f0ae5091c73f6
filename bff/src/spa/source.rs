//! The source of the app's files.

use std::path::PathBuf;

/// The source of the single-page app's files, which are read once, at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpaSource {
    /// The folder of `BFF_SPA_DIR`.
    Folder(PathBuf),
    /// The files inside the binary, or those in `dist` if it was built without any.
    EmbeddedOr(PathBuf),
}
