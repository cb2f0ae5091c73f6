//! Options of signing in.

use super::{
    credentials::{LoginForm, UpstreamLogin},
    oidc::OidcOptions,
};

/// The providers that people can sign in at.
#[derive(Debug, Clone)]
pub struct SignInOptions {
    /// The upstream's own login.
    pub upstream_login: UpstreamLogin,
    /// The form of its requests and answers.
    pub login_form: LoginForm,
    /// An OpenID provider in place of the upstream's login.
    pub oidc: Option<OidcOptions>,
}
