//! Where the single-page app comes from.

use std::path::PathBuf;

use super::{reader::Reader, setting};

/// The folder that is used when nothing else is said and nothing is embedded: trunk's default.
const DEFAULT_FOLDER: &str = "dist";

/// Where the files of the single-page app are read from, once, at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpaSource {
    /// `BFF_SPA_DIR`.
    Folder(PathBuf),
    /// The files inside the binary, or those in `dist` if it was built without any.
    EmbeddedOr(PathBuf),
}

impl SpaSource {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        reader.text(&setting::SPA_DIR).map_or_else(
            || Self::EmbeddedOr(PathBuf::from(DEFAULT_FOLDER)),
            |folder| Self::Folder(folder.into()),
        )
    }
}
