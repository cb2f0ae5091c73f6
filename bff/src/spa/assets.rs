//! The files of the app, read once at start.
//!
//! `name.br` and `name.gz` next to `name` are its precompressed forms (`cargo xtask` makes them).

use std::{borrow::Cow, collections::HashMap, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use http_message::BasePath;

use super::{
    csp::{self, Csp, Fields},
    demo_account, embedded,
    first_reads::FirstReads,
    folder::{self, Files, SpaError},
    hashed_name::holds_hash,
    name_pattern::NamePattern,
    nonce::NoncePage,
    options::{SeenAs, SpaOptions},
    rebase::rebase,
    source::SpaSource,
};

/// The page that every address of the app starts from.
const INDEX: &str = "index.html";

/// The variable that names the app's folder.
const DIR: &str = "BFF_SPA_DIR";

/// The variable that names the folder of another build.
const PREVIOUS: &str = "BFF_SPA_PREVIOUS";

/// The media type of pages.
const HTML: &str = "text/html";

/// The media type of scripts.
const SCRIPT: &str = "text/javascript";

/// Files without an extension that have a type of their own (Apple's universal links).
const APPLE_ASSOCIATION: &str = "apple-app-site-association";

/// One file.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The media type, from the file's extension.
    pub content_type: String,
    /// Whether its name is never used for other content.
    pub immutable: bool,
    /// Base of its entity tags.
    pub hash: String,
    /// The content as it is.
    pub identity: Bytes,
    /// The content in brotli, if there is such a form.
    pub br: Option<Bytes>,
    /// The content in gzip, if there is such a form.
    pub gzip: Option<Bytes>,
    /// The content of a page whose answers have a nonce each.
    pub nonce_page: Option<NoncePage>,
}

/// All files of the app.
#[derive(Debug, Clone)]
pub struct Assets {
    files: HashMap<String, Asset>,
    csp: Csp,
    first_reads: Option<FirstReads>,
}

impl Assets {
    /// Reads the app, which browsers see as `seen_as` says. `None` if no source is set and no app is
    /// there. The server then serves the API, and says on `/` how to build an app.
    ///
    /// # Errors
    /// If a named folder cannot be served.
    pub fn load(options: &SpaOptions, seen_as: &SeenAs) -> Result<Option<Self>, SpaError> {
        if options.dev.is_some() {
            return Ok(None);
        }
        let (raw, from) = match &options.source {
            SpaSource::Folder(folder) => (folder::read(folder, DIR)?, folder.as_path()),
            SpaSource::EmbeddedOr(folder) => match embedded::files() {
                Some(files) => (files, Path::new("the app inside this program")),
                None if folder.join(INDEX).is_file() => (folder::read(folder, DIR)?, folder.as_path()),
                None => return Ok(None),
            },
        };
        let mut files = assets(raw, &options.immutable);
        rebase_pages(&mut files, &seen_as.base_path);
        if let Some(account) = options.demo_account {
            tell_account(&mut files, account);
        }
        let index = files.get(INDEX).ok_or_else(|| SpaError::NoIndex(from.to_owned()))?;
        let html = String::from_utf8_lossy(&index.identity);
        let csp = csp::for_page(&html, seen_as, &options.policy);
        let first_reads =
            FirstReads::of(&html, csp.has_nonce(), &seen_as.base_path, options.first_reads_wait);
        if csp.has_nonce() {
            for page in files.values_mut().filter(|asset| asset.is_page()) {
                page.nonce_page = Some(NoncePage::built(&String::from_utf8_lossy(&page.identity)));
            }
        }
        for pattern in &options.immutable {
            if !files.keys().any(|name| pattern.matches(name)) {
                tracing::warn!("BFF_SPA_IMMUTABLE: \"{pattern}\" matches no file of the app");
            }
        }
        if let Some(folder) = &options.previous {
            add_previous(&mut files, folder, &options.immutable)?;
        }
        Ok(Some(Self { files, csp, first_reads }))
    }

    /// The file at `path` (without its leading slash).
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Asset> {
        self.files.get(path)
    }

    /// The number of files.
    #[must_use]
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// The start page.
    #[must_use]
    pub fn index(&self) -> Option<&Asset> {
        self.files.get(INDEX)
    }

    /// The reads that the start page names; `None`: there are none.
    #[must_use]
    pub const fn first_reads(&self) -> Option<&FirstReads> {
        self.first_reads.as_ref()
    }

    /// The Content-Security-Policy of the start page: it allows the hashes of its inline scripts, and nothing more.
    #[must_use]
    pub const fn csp(&self) -> &Csp {
        &self.csp
    }
}

/// Puts the addresses in pages below the base path.
fn rebase_pages(files: &mut HashMap<String, Asset>, base_path: &BasePath) {
    if base_path.is_root() {
        return;
    }
    let rebased = |page: &Asset| {
        rebase(&String::from_utf8_lossy(&page.identity), base_path, |name| files.contains_key(name))
    };
    let pages = files.iter().filter(|(_, asset)| asset.is_page());
    let pages: Vec<_> = pages.map(|(name, page)| (name.clone(), rebased(page))).collect();
    for (name, html) in pages {
        // Compressed forms were made of other addresses.
        let page = Asset::new(&name, false, Bytes::from(html), None, None);
        files.insert(name, page);
    }
}

/// Tells the start page the account of the demo, if it asks.
fn tell_account(files: &mut HashMap<String, Asset>, account: (&str, &str)) {
    let told = files
        .get(INDEX)
        .and_then(|index| demo_account::told(&String::from_utf8_lossy(&index.identity), account));
    if let Some(html) = told {
        // Compressed forms do not tell it.
        files.insert(INDEX.to_owned(), Asset::new(INDEX, false, Bytes::from(html), None, None));
    }
}

/// Adds the files of another build, without its pages, where the app has none of that name. Pages that are open while replicas
/// change from one build to the other ask for them.
fn add_previous(
    files: &mut HashMap<String, Asset>,
    folder: &Path,
    immutable: &[NamePattern],
) -> Result<(), SpaError> {
    let raw = match folder::read(folder, PREVIOUS) {
        // A first deployment has no build before it.
        Err(err) if err.is_missing(folder) => {
            tracing::warn!("{PREVIOUS}: {} is not there; no other build is served", folder.display());
            return Ok(());
        }
        read => read?,
    };
    let mut added = 0;
    for (name, asset) in assets(raw, immutable) {
        // A name that is not known to hold a hash may hold one all the same.
        if !asset.is_page() && !files.contains_key(&name) {
            files.insert(name, asset);
            added += 1;
        }
    }
    tracing::info!(files = added, "{PREVIOUS}: files of another build are served as well");
    Ok(())
}

/// The files of a folder with their compressed forms.
fn assets(mut raw: Files, immutable: &[NamePattern]) -> HashMap<String, Asset> {
    let names: Vec<String> = raw.keys().filter(|name| !is_compressed_form(name, &raw)).cloned().collect();
    let mut files = HashMap::with_capacity(names.len());
    for name in names {
        let br = raw.remove(&format!("{name}.br")).map(bytes);
        let gzip = raw.remove(&format!("{name}.gz")).map(bytes);
        if let Some(content) = raw.remove(&name) {
            let is_named = holds_hash(&name) || immutable.iter().any(|pattern| pattern.matches(&name));
            let asset = Asset::new(&name, is_named, bytes(content), br, gzip);
            files.insert(name, asset);
        }
    }
    files
}

impl Asset {
    fn new(name: &str, is_named: bool, identity: Bytes, br: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        let content_type = content_type(name);
        Self {
            // A page has the policy of its start, and an address that people know.
            immutable: is_named && !content_type.starts_with(HTML),
            content_type,
            // 128 bits tell two builds of a file apart.
            hash: URL_SAFE_NO_PAD.encode(&Sha256::digest(&identity)[..16]),
            identity,
            br,
            gzip,
            nonce_page: None,
        }
    }

    fn is_page(&self) -> bool {
        self.content_type.starts_with(HTML)
    }

    /// The fields of its policy: of a page, or of a script, which may be a worker; `None`: it can do nothing.
    #[must_use]
    pub fn policy<'a>(&self, csp: &'a Csp) -> Option<&'a Fields> {
        if self.is_page() {
            return Some(csp.of_page());
        }
        self.content_type.starts_with(SCRIPT).then(|| csp.of_script())
    }
}

fn content_type(name: &str) -> String {
    if name.rsplit('/').next() == Some(APPLE_ASSOCIATION) {
        return "application/json".to_owned();
    }
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    let charset = if mime.type_() == "text" { "; charset=utf-8" } else { "" };
    format!("{mime}{charset}")
}

fn bytes(content: Cow<'static, [u8]>) -> Bytes {
    match content {
        Cow::Borrowed(content) => Bytes::from_static(content),
        Cow::Owned(content) => Bytes::from(content),
    }
}

fn is_compressed_form(name: &str, files: &Files) -> bool {
    let plain = name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz"));
    plain.is_some_and(|plain| files.contains_key(plain))
}

#[cfg(test)]
mod tests;
