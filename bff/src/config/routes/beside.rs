//! The settings that a table is read beside.

use crate::{session::ClaimName, sign_in::credentials::UpstreamLogin};
use http_cache::route::Heuristic;
use upstream::UpstreamOptions;

/// The settings that a table is read beside.
pub(in crate::config) struct Beside<'a> {
    /// The path of `API_URL`, empty or `/v1`.
    pub(in crate::config) base_path: &'a str,
    /// Heuristic freshness on routes that do not say.
    pub(in crate::config) heuristic: Heuristic,
    /// The claims that sessions keep; `None`: no OpenID provider says any.
    pub(in crate::config) claims: Option<&'a [ClaimName]>,
    /// The upstream's sign-in addresses, which are hidden from browsers.
    pub(in crate::config) login: &'a UpstreamLogin,
    /// The upstream at `API_URL`, whose options are those of the others where they have none of their own.
    pub(in crate::config) upstream: &'a UpstreamOptions,
    /// Whether people sign in at an OpenID provider, which gives tokens for upstreams as well.
    pub(in crate::config) has_oidc: bool,
    /// The value of a variable that is no setting.
    pub(in crate::config) variable: &'a dyn Fn(&str) -> Option<String>,
}
