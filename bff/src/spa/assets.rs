//! The files of the app, read once at start.
//!
//! `name.br` and `name.gz` next to `name` are its precompressed forms (`cargo xtask` makes them). A name that
//! holds the hash of its content never changes and may be kept for ever.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use http_message::BasePath;

use super::{
    csp::{self, Csp},
    embedded,
    rebase::rebase,
    source::SpaSource,
};

/// Most files of an app.
pub const FILES_MAX: usize = 10_000;

/// Most bytes of an app in all, compressed forms included.
pub const BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The page that every address of the app starts from.
const INDEX: &str = "index.html";

/// Reasons why an app cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum SpaError {
    /// The folder, or a file in it, cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The path.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The app has more than [`FILES_MAX`] files or [`BYTES_MAX`] bytes.
    #[error("{0} holds too many files, or too large ones, to be a single-page app")]
    TooLarge(PathBuf),
    /// The app has no start page.
    #[error("{0} holds no index.html")]
    NoIndex(PathBuf),
}

/// One file.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The media type, from the file's extension.
    pub content_type: String,
    /// Whether its name holds the hash of its content.
    pub immutable: bool,
    /// Base of its entity tags.
    pub hash: String,
    /// The content as it is.
    pub identity: Bytes,
    /// The content in brotli, if there is such a form.
    pub br: Option<Bytes>,
    /// The content in gzip, if there is such a form.
    pub gzip: Option<Bytes>,
}

/// All files of the app.
#[derive(Debug, Clone)]
pub struct Assets {
    files: HashMap<String, Asset>,
    csp: Csp,
}

impl Assets {
    /// Reads the app; `secure` says that browsers see its pages over https, below `base_path`. `None` if no source is set and no app is
    /// there. The server then serves the API, and says on `/` how to build an app.
    ///
    /// # Errors
    /// If the named folder cannot be served.
    pub fn load(source: &SpaSource, secure: bool, base_path: &BasePath) -> Result<Option<Self>, SpaError> {
        match source {
            SpaSource::Folder(folder) => Self::from_folder(folder, secure, base_path).map(Some),
            SpaSource::EmbeddedOr(folder) => match embedded::files() {
                Some(files) => {
                    Self::new(files, Path::new("the app inside this program"), secure, base_path).map(Some)
                }
                None if folder.join(INDEX).is_file() => {
                    Self::from_folder(folder, secure, base_path).map(Some)
                }
                None => Ok(None),
            },
        }
    }

    fn from_folder(folder: &Path, secure: bool, base_path: &BasePath) -> Result<Self, SpaError> {
        let mut files = HashMap::new();
        let mut bytes = 0;
        read_folder(folder, "", &mut files, &mut bytes)?;
        Self::new(files, folder, secure, base_path)
    }

    fn new(
        mut raw: HashMap<String, Cow<'static, [u8]>>,
        from: &Path,
        secure: bool,
        base_path: &BasePath,
    ) -> Result<Self, SpaError> {
        let names: Vec<String> = raw.keys().filter(|name| !is_compressed_form(name, &raw)).cloned().collect();
        let mut files = HashMap::with_capacity(names.len());
        for name in names {
            let br = raw.remove(&format!("{name}.br")).map(bytes);
            let gzip = raw.remove(&format!("{name}.gz")).map(bytes);
            if let Some(content) = raw.remove(&name) {
                files.insert(name.clone(), Asset::new(&name, bytes(content), br, gzip));
            }
        }
        let index = files.get(INDEX).ok_or_else(|| SpaError::NoIndex(from.to_owned()))?;
        let html = String::from_utf8_lossy(&index.identity);
        let html = rebase(&html, base_path, |name| files.contains_key(name));
        let csp = csp::for_page(&html, secure, base_path);
        if !base_path.is_root() {
            // Its compressed forms were made of other addresses.
            files.insert(INDEX.to_owned(), Asset::new(INDEX, Bytes::from(html), None, None));
        }
        Ok(Self { files, csp })
    }

    /// The file at `path` (without its leading slash).
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Asset> {
        self.files.get(path)
    }

    /// The number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// The start page.
    #[must_use]
    pub fn index(&self) -> Option<&Asset> {
        self.files.get(INDEX)
    }

    /// The Content-Security-Policy of the start page: it allows the hashes of its inline scripts, and nothing more.
    #[must_use]
    pub const fn csp(&self) -> &Csp {
        &self.csp
    }
}

impl Asset {
    fn new(name: &str, identity: Bytes, br: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        let mime = mime_guess::from_path(name).first_or_octet_stream();
        let charset = if mime.type_() == "text" { "; charset=utf-8" } else { "" };
        Self {
            content_type: format!("{mime}{charset}"),
            immutable: has_hash(name),
            // 128 bits tell two builds of a file apart.
            hash: URL_SAFE_NO_PAD.encode(&Sha256::digest(&identity)[..16]),
            identity,
            br,
            gzip,
        }
    }
}

fn bytes(content: Cow<'static, [u8]>) -> Bytes {
    match content {
        Cow::Borrowed(content) => Bytes::from_static(content),
        Cow::Owned(content) => Bytes::from(content),
    }
}

fn is_compressed_form(name: &str, files: &HashMap<String, Cow<'static, [u8]>>) -> bool {
    let plain = name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz"));
    plain.is_some_and(|plain| files.contains_key(plain))
}

/// Whether a name has the form trunk gives: `name-0123456789abcdef.css`, `name-0123456789abcdef_bg.wasm`.
fn has_hash(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.split(['-', '_', '.'])
        .skip(1)
        .any(|part| part.len() >= 8 && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut HashMap<String, Cow<'static, [u8]>>,
    bytes: &mut u64,
) -> Result<(), SpaError> {
    let cannot = |source| SpaError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let path = entry.path();
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        // Hidden files are those of an editor or a system.
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        // `file_type` does not follow links: nothing outside the folder is served.
        let kind = entry.file_type().map_err(cannot)?;
        if kind.is_dir() {
            read_folder(&path, &format!("{name}/"), files, bytes)?;
        } else if kind.is_file() {
            let content = fs::read(&path).map_err(|source| SpaError::Read { path, source })?;
            *bytes += content.len() as u64;
            files.insert(name, Cow::Owned(content));
            if files.len() > FILES_MAX || *bytes > BYTES_MAX {
                return Err(SpaError::TooLarge(folder.to_owned()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
