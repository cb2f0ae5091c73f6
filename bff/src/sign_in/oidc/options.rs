//! Options of an OpenID provider.

use std::{fmt, path::PathBuf};

use url::Url;

use super::AddedParameters;
use crate::{keys::Secret, session::ClaimName, sign_in::Admission};

/// An OpenID provider, and our registration there.
#[derive(Clone)]
pub struct OidcOptions {
    /// The provider's identifier, where discovery starts.
    pub issuer: Url,
    /// Our id at the provider.
    pub client_id: String,
    /// Our secret at the provider; `None`: a public client.
    pub client_secret: Option<Secret>,
    /// The scopes to ask for; `openid` is among them.
    pub scopes: Vec<String>,
    /// Further parameters of the request for a sign-in.
    pub parameters: AddedParameters,
    /// The classes of sign-ins that routes ask for (`acr`).
    pub classes: Vec<String>,
    /// The claims that sessions keep, and that browsers may read.
    pub claims: Vec<ClaimName>,
    /// Who may sign in; `None`: everybody whom the provider signs in.
    pub admission: Option<Admission>,
    /// The provider's display name.
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
