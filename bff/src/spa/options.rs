//! The options of the single-page app.

use std::{path::PathBuf, time::Duration};

use http_message::BasePath;
use upstream::BaseUrl;
use url::Url;

use super::{name_pattern::NamePattern, policy::PolicyChanges, source::SpaSource};

/// The app's files, and what is known of them.
#[derive(Debug, Clone)]
pub struct SpaOptions {
    /// The source of the files.
    pub source: SpaSource,
    /// Names of files that never change, besides those that hold a hash.
    pub immutable: Vec<NamePattern>,
    /// The folder of another build, whose immutable files are served as well.
    pub previous: Option<PathBuf>,
    /// The development server that the app comes from; it has no files then.
    pub dev: Option<BaseUrl>,
    /// What the app's Content-Security-Policy allows besides.
    pub policy: PolicyOptions,
    /// Name and password of the embedded demo, which the start page may tell; `None`: people sign in elsewhere.
    pub demo_account: Option<(&'static str, &'static str)>,
    /// The longest that the start page waits for its first reads.
    pub first_reads_wait: Duration,
}

/// How browsers see the app.
#[derive(Debug, Clone)]
pub struct SeenAs {
    /// Whether they use https.
    pub secure: bool,
    /// The path below which its addresses lie.
    pub base_path: BasePath,
}

impl SeenAs {
    /// The app of the server that browsers call `public_url`.
    #[must_use]
    pub fn of(public_url: &Url) -> Self {
        Self { secure: public_url.scheme() == "https", base_path: BasePath::new(public_url.path()) }
    }
}

/// What an operator adds to the app's Content-Security-Policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyOptions {
    /// To the policy that is enforced.
    pub enforced: PolicyChanges,
    /// To a second policy that only reports; `None`: there is none.
    pub report_only: Option<PolicyChanges>,
}
