//! Hides the upstream's addresses that hand out tokens, or more about a person than a page needs. Only the BFF calls
//! them.
//!
//! An upstream may take them in any case and with a trailing slash (the demo's does). It may cut parameters off
//! (`;x`), decode once more, or trim. A path is compared as the most generous upstream would read it, whatever the
//! route table says.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use http_message::{CanonicalPath, path::LAYERS_MAX};

use crate::sign_in::credentials::UpstreamLogin;

/// Fields of a person's profile that may leave where the route names none.
const PROFILE: [&str; 6] = ["id", "username", "firstName", "lastName", "email", "image"];

/// The upstream's own sign-in addresses, as the proxy must treat them.
#[derive(Debug, Clone)]
pub struct TokenPaths {
    /// Each by its segments in lower case.
    hidden: Vec<Vec<String>>,
    me: Vec<String>,
    profile: Vec<String>,
}

impl TokenPaths {
    /// The addresses of `login`.
    #[must_use]
    pub fn new(login: &UpstreamLogin) -> Self {
        Self {
            hidden: vec![Self::known(&login.login), Self::known(&login.refresh)],
            me: Self::known(&login.me),
            profile: PROFILE.map(str::to_owned).to_vec(),
        }
    }

    /// Whether only the BFF may call this path.
    #[must_use]
    pub fn is_hidden(&self, path: &CanonicalPath) -> bool {
        let path = decoded(path.as_str());
        self.may_be_known(&path) && self.hidden.iter().any(|known| reads_as(&path, known))
    }

    /// The fields that may leave where the route names none; `None`: all.
    #[must_use]
    pub fn select(&self, path: &CanonicalPath) -> Option<&[String]> {
        let path = decoded(path.as_str());
        (self.may_be_known(&path) && reads_as(&path, &self.me)).then_some(&self.profile)
    }

    /// Whether the first segment is that of a known path. Of most paths nothing else is read.
    fn may_be_known(&self, path: &str) -> bool {
        let first = segments(path).next();
        let known = self.hidden.iter().chain([&self.me]).filter_map(|known| known.first());
        first.is_none_or(|first| {
            !first.is_ascii() || known.clone().any(|known| known.eq_ignore_ascii_case(first))
        })
    }

    fn known(path: &str) -> Vec<String> {
        segments(&decoded(path)).map(str::to_lowercase).collect()
    }
}

/// The path without any encoding. Most paths have none, and are not copied to find that out.
fn decoded(path: &str) -> Cow<'_, str> {
    let mut path = Cow::Borrowed(path);
    // A path with more encodings than these has been refused already.
    for _ in 0..=LAYERS_MAX {
        if !path.contains('%') {
            break;
        }
        path = Cow::Owned(percent_decode_str(&path).decode_utf8_lossy().into_owned());
    }
    path
}

/// The segments of a decoded path as the most generous upstream reads them.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let segments = path.split('/').map(|segment| segment.split(';').next().unwrap_or_default().trim());
    segments.filter(|segment| !segment.is_empty())
}

/// Whether a decoded path has the `known` segments, in any case.
fn reads_as(path: &str, known: &[String]) -> bool {
    let mut known = known.iter();
    let same = |segment: &str, known: &String| match segment.is_ascii() {
        true => segment.eq_ignore_ascii_case(known),
        false => segment.to_lowercase() == *known,
    };
    segments(path).all(|segment| known.next().is_some_and(|known| same(segment, known)))
        && known.next().is_none()
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
