//! What an operator may say of signing in.

use super::{credentials::UpstreamLogin, oidc::OidcOptions};

/// Where people sign in.
#[derive(Debug, Clone)]
pub struct SignInOptions {
    /// The upstream's own login.
    pub upstream_login: UpstreamLogin,
    /// An OpenID provider in its place.
    pub oidc: Option<OidcOptions>,
}
