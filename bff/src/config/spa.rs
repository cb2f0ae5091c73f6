//! Settings of the single-page app: its source, and what is known of its files.

use std::{net::SocketAddr, path::PathBuf};

use ::upstream::BaseUrl;

use super::{
    policy,
    reader::Reader,
    setting,
    upstream::{base_url, is_own},
};
use crate::spa::{NamePattern, SpaOptions, SpaSource, WAIT_MAX};

/// The folder without a setting and without an embedded app: trunk's default.
const DEFAULT_FOLDER: &str = "dist";

/// Reads the options of the app; `own` is the address that this server listens on.
pub(super) fn spa(reader: &mut Reader<'_>, own: SocketAddr) -> SpaOptions {
    SpaOptions {
        dev: dev(reader, own),
        source: source(reader),
        immutable: reader.optional(&setting::SPA_IMMUTABLE, immutable).unwrap_or_default(),
        previous: reader.text(&setting::SPA_PREVIOUS).map(PathBuf::from),
        policy: policy::policy(reader),
        demo_account: demo_account(reader),
        first_reads_wait: WAIT_MAX,
    }
}

/// Reads the address of the dev server, which excludes a built app.
fn dev(reader: &mut Reader<'_>, own: SocketAddr) -> Option<BaseUrl> {
    let folder = reader.text(&setting::SPA_DIR);
    reader.optional(&setting::SPA_DEV, |given| {
        let base = base_url(given)?;
        if !base.path.is_empty() {
            return Err(
                "has a path, and a dev server is asked for the browser's own paths; leave it out".into()
            );
        }
        if is_own(&base, own) {
            return Err("is the address of this server itself; name the dev server's".into());
        }
        match folder {
            Some(_) => Err("is given beside BFF_SPA_DIR, and the app comes from one of them".into()),
            None => Ok(base),
        }
    })
}

/// The account of the demo, where that runs and people sign in there.
fn demo_account(reader: &Reader<'_>) -> Option<(&'static str, &'static str)> {
    let elsewhere = [&setting::API_URL, &setting::OIDC_ISSUER];
    let is_demo = elsewhere.into_iter().all(|setting| reader.text(setting).is_none());
    is_demo.then_some(demo_api::ACCOUNT)
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
