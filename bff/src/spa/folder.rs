//! The files of a folder, read into memory.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

/// Most files of an app.
pub const FILES_MAX: usize = 10_000;

/// Most bytes of an app in all, compressed forms included.
pub const BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The one hidden folder that is served: other parties look for files there (RFC 8615).
pub(super) const WELL_KNOWN: &str = ".well-known";

/// Contents by their paths within the folder.
pub(super) type Files = HashMap<String, Cow<'static, [u8]>>;

/// Reasons why an app cannot be served. Each names the setting to change.
#[derive(Debug, thiserror::Error)]
pub enum SpaError {
    /// The folder, or a file in it, cannot be read.
    #[error("{setting}: {path} cannot be read: {source}")]
    Read {
        /// The variable that names the folder.
        setting: &'static str,
        /// The path.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The folder has more than [`FILES_MAX`] files or [`BYTES_MAX`] bytes.
    #[error("{setting}: {folder} holds too many files, or too large ones, to be a single-page app")]
    TooLarge {
        /// The variable that names the folder.
        setting: &'static str,
        /// The folder in which the limit was passed.
        folder: PathBuf,
    },
    /// The app has no start page.
    #[error("BFF_SPA_DIR: {0} holds no index.html")]
    NoIndex(PathBuf),
}

impl SpaError {
    /// Whether the folder itself is not there.
    pub(super) fn is_missing(&self, folder: &Path) -> bool {
        matches!(self, Self::Read { path, source, .. } if path == folder && source.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads all files of the folder that `setting` names.
pub(super) fn read(folder: &Path, setting: &'static str) -> Result<Files, SpaError> {
    let mut reading = Reading { setting, files: HashMap::new(), bytes: 0 };
    reading.folder(folder, "")?;
    Ok(reading.files)
}

struct Reading {
    setting: &'static str,
    files: Files,
    bytes: u64,
}

impl Reading {
    fn folder(&mut self, folder: &Path, prefix: &str) -> Result<(), SpaError> {
        let setting = self.setting;
        let cannot = |source| SpaError::Read { setting, path: folder.to_owned(), source };
        for entry in fs::read_dir(folder).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let path = entry.path();
            let own_name = entry.file_name().to_string_lossy().into_owned();
            let name = format!("{prefix}{own_name}");
            // Hidden files are those of an editor or a system.
            if own_name.starts_with('.') && name != WELL_KNOWN {
                continue;
            }
            // `file_type` does not follow links: nothing outside the folder is served.
            let kind = entry.file_type().map_err(cannot)?;
            if kind.is_dir() {
                self.folder(&path, &format!("{name}/"))?;
            } else if kind.is_file() {
                let content = fs::read(&path).map_err(|source| SpaError::Read { setting, path, source })?;
                self.bytes += content.len() as u64;
                self.files.insert(name, Cow::Owned(content));
                if self.files.len() > FILES_MAX || self.bytes > BYTES_MAX {
                    return Err(SpaError::TooLarge { setting, folder: folder.to_owned() });
                }
            }
        }
        Ok(())
    }
}
