//! Hides the upstream's addresses that hand out tokens, or more about a person than a page needs. Only the BFF calls
//! them.
//!
//! An upstream may take them in any case and with a trailing slash (the demo's does). It may cut parameters off
//! (`;x`), decode once more, or trim. A path is compared as the most generous upstream would read it, whatever the
//! route table says.

use percent_encoding::percent_decode_str;

use http_message::{CanonicalPath, path::LAYERS_MAX};

use crate::sign_in::credentials::UpstreamLogin;

/// Fields of a person's profile that may leave where the route names none.
const PROFILE: [&str; 6] = ["id", "username", "firstName", "lastName", "email", "image"];

/// The upstream's own sign-in addresses, as the proxy must treat them.
#[derive(Debug, Clone)]
pub struct TokenPaths {
    hidden: Vec<String>,
    me: String,
    profile: Vec<String>,
}

impl TokenPaths {
    /// The addresses of `login`.
    #[must_use]
    pub fn new(login: &UpstreamLogin) -> Self {
        Self {
            hidden: vec![folded(&login.login), folded(&login.refresh)],
            me: folded(&login.me),
            profile: PROFILE.map(str::to_owned).to_vec(),
        }
    }

    /// Whether only the BFF may call this path.
    #[must_use]
    pub fn is_hidden(&self, path: &CanonicalPath) -> bool {
        self.hidden.contains(&folded(path.as_str()))
    }

    /// The fields that may leave where the route names none; `None`: all.
    #[must_use]
    pub fn select(&self, path: &CanonicalPath) -> Option<&[String]> {
        (self.me == folded(path.as_str())).then_some(&self.profile)
    }
}

/// The path as the most generous upstream reads it.
fn folded(path: &str) -> String {
    let mut path = path.to_owned();
    // A path with more encodings than these has been refused already.
    for _ in 0..=LAYERS_MAX {
        path = percent_decode_str(&path).decode_utf8_lossy().into_owned();
    }
    let segments = path.split('/').map(|segment| segment.split(';').next().unwrap_or_default().trim());
    let segments: Vec<String> =
        segments.filter(|segment| !segment.is_empty()).map(str::to_lowercase).collect();
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_03_what_hands_out_tokens_is_hidden_however_it_is_written() {
        let paths = TokenPaths::new(&UpstreamLogin {
            login: "/auth/login".to_owned(),
            refresh: "/auth/Refresh/".to_owned(),
            me: "/auth/me".to_owned(),
        });
        let path = |raw: &str| CanonicalPath::parse(raw).unwrap();
        for hidden in [
            "/auth/login",
            "/AUTH/Login",
            "/auth/login/",
            "/auth/refresh",
            "/auth/login;x",
            "/auth;x=1/login",
            "/auth/login%20",
            "/auth/%256Cogin",
            "/auth%2Flogin",
            "/auth/login/;x",
        ] {
            assert!(paths.is_hidden(&path(hidden)), "{hidden}");
        }
        for open in ["/auth/me", "/auth/logins", "/login", "/todos"] {
            assert!(!paths.is_hidden(&path(open)), "{open}");
        }
        assert!(
            paths.select(&path("/Auth/ME/")).is_some_and(|fields| !fields.contains(&"password".to_owned()))
        );
        assert_eq!(paths.select(&path("/users/1")), None);
    }
}
