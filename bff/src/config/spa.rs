//! Settings of the single-page app: its source.

use std::path::PathBuf;

use super::{reader::Reader, setting};
use crate::spa::SpaSource;

/// The folder without a setting and without an embedded app: trunk's default.
const DEFAULT_FOLDER: &str = "dist";

pub(super) fn spa(reader: &mut Reader<'_>) -> SpaSource {
    reader.text(&setting::SPA_DIR).map_or_else(
        || SpaSource::EmbeddedOr(PathBuf::from(DEFAULT_FOLDER)),
        |folder| SpaSource::Folder(folder.into()),
    )
}
