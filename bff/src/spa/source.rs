//! Where the files of the app are.

use std::path::PathBuf;

/// Where the files of the single-page app are read from, once, at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpaSource {
    /// `BFF_SPA_DIR`.
    Folder(PathBuf),
    /// The files inside the binary, or those in `dist` if it was built without any.
    EmbeddedOr(PathBuf),
}
