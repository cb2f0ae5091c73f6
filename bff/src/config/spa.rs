//! Settings of the single-page app: its source, and what is known of its files.

use std::path::PathBuf;

use super::{policy, reader::Reader, setting};
use crate::spa::{NamePattern, SpaOptions, SpaSource};

/// The folder without a setting and without an embedded app: trunk's default.
const DEFAULT_FOLDER: &str = "dist";

pub(super) fn spa(reader: &mut Reader<'_>) -> SpaOptions {
    SpaOptions {
        source: source(reader),
        immutable: reader.optional(&setting::SPA_IMMUTABLE, immutable).unwrap_or_default(),
        previous: reader.text(&setting::SPA_PREVIOUS).map(PathBuf::from),
        policy: policy::policy(reader),
    }
}

fn source(reader: &Reader<'_>) -> SpaSource {
    reader.text(&setting::SPA_DIR).map_or_else(
        || SpaSource::EmbeddedOr(PathBuf::from(DEFAULT_FOLDER)),
        |folder| SpaSource::Folder(folder.into()),
    )
}

fn immutable(given: &str) -> Result<Vec<NamePattern>, String> {
    const EXPECTED: &str = "expected patterns by comma, such as static/*, **/*.chunk.js";
    let patterns = given.split(',').map(str::trim).filter(|one| !one.is_empty());
    let patterns = patterns.map(|one| {
        NamePattern::parse(one).map_err(|problem| format!("has {one:?}, which {problem}; {EXPECTED}"))
    });
    match patterns.collect::<Result<Vec<_>, _>>()? {
        none if none.is_empty() => Err(format!("names no file; {EXPECTED}")),
        patterns => Ok(patterns),
    }
}
