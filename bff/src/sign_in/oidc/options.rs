//! An OpenID provider as an operator describes it.

use std::{fmt, path::PathBuf};

use url::Url;

use crate::keys::Secret;

/// An OpenID provider and what it knows us as.
#[derive(Clone)]
pub struct OidcOptions {
    /// Its identifier; discovery starts here.
    pub issuer: Url,
    /// What it knows us as.
    pub client_id: String,
    /// What we prove ourselves with; `None`: a public client.
    pub client_secret: Option<Secret>,
    /// What to ask for; `openid` is among them.
    pub scopes: Vec<String>,
    /// What people call it.
    pub name: String,
    /// Trust anchors (PEM); `None`: the system's.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for OidcOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcOptions")
            .field("issuer", &self.issuer.as_str())
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
