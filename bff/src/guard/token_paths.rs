//! Hides the upstream's addresses that hand out tokens, take them back, or tell more of a person than a page needs. Only the BFF calls
//! them.
//!
//! A path is compared as the most generous upstream would read it ([`mod@http_message::path::spelling`]), whatever the route table says. The
//! demo's takes them in any case and with a trailing slash.

use http_message::{
    CanonicalPath,
    path::spelling::{decoded, segments, without_extension},
};

use crate::sign_in::credentials::{
    UpstreamLogin,
    profile::{FIRST_NAMES, FULL_NAMES, IDS, LAST_NAMES, USERNAMES},
};

/// Further fields of a person's profile that may leave where the route names none, besides the names of the person.
const FURTHER: [&str; 1] = ["image"];

/// The upstream's own sign-in addresses, as the proxy must treat them.
#[derive(Debug, Clone)]
pub struct TokenPaths {
    /// Each by its segments in lower case.
    known: Vec<(Vec<String>, TokenPath)>,
    profile: Vec<String>,
}

/// One of these addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPath {
    /// Only the BFF may call it.
    Hidden,
    /// It tells of a person; [`TokenPaths::profile`] may leave.
    Profile,
}

impl TokenPaths {
    /// The addresses of `login`.
    #[must_use]
    pub fn new(login: &UpstreamLogin) -> Self {
        let known = |path: &str, kind| (segments(&decoded(path)).map(str::to_lowercase).collect(), kind);
        let hidden = [Some(&login.login), Some(&login.refresh), login.logout.as_ref()];
        let hidden = hidden.into_iter().flatten().map(|path| known(path, TokenPath::Hidden));
        // A path that is the profile's as well stays hidden.
        let known = hidden.chain([known(&login.me, TokenPath::Profile)]).collect();
        Self { known, profile: profile_fields() }
    }

    /// The same addresses below a further `prefix`, empty or `/v1`.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        let prefix: Vec<String> = segments(&decoded(prefix)).map(str::to_lowercase).collect();
        let below = |(known, kind): &(Vec<String>, TokenPath)| ([&prefix[..], known].concat(), *kind);
        Self { known: self.known.iter().map(below).collect(), profile: self.profile.clone() }
    }

    /// The address that a path means; `None`: any other.
    #[must_use]
    pub fn find(&self, path: &CanonicalPath) -> Option<TokenPath> {
        let path = decoded(path.as_str());
        self.known.iter().find(|(known, _)| reads_as(&path, known)).map(|(_, kind)| *kind)
    }

    /// The fields of a person that may leave where the route names none.
    #[must_use]
    pub fn profile(&self) -> &[String] {
        &self.profile
    }
}

/// What may leave: that by which the session's own person is read, and little else.
fn profile_fields() -> Vec<String> {
    let names = IDS.iter().chain(&USERNAMES).chain(&FULL_NAMES).chain(&FIRST_NAMES).chain(&LAST_NAMES);
    names.chain(&FURTHER).map(|name| (*name).to_owned()).collect()
}

/// Whether a decoded path has the `known` segments, in any case, with or without a further extension.
fn reads_as(path: &str, known: &[String]) -> bool {
    let same = |segment: &str, known: &String| match segment.is_ascii() {
        true => segment.eq_ignore_ascii_case(known),
        false => segment.to_lowercase() == *known,
    };
    let mut segments = segments(path);
    let Some((last, first)) = known.split_last() else { return segments.next().is_none() };
    let is_last =
        |segment| same(segment, last) || without_extension(segment).is_some_and(|stem| same(stem, last));
    first.iter().all(|known| segments.next().is_some_and(|segment| same(segment, known)))
        && segments.next().is_some_and(is_last)
        && segments.next().is_none()
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
            logout: Some("/auth/logout".to_owned()),
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
            "/Auth/logout/",
            "/auth/login.json",
            "/auth/login..JSON;x/",
            "/auth/login.",
            "/auth./login",
        ] {
            assert_eq!(paths.find(&path(hidden)), Some(TokenPath::Hidden), "{hidden}");
        }
        for open in ["/auth/me", "/auth/logins", "/login", "/todos", "/auth/login.json/a", "/auth.json/login"]
        {
            assert_ne!(paths.find(&path(open)), Some(TokenPath::Hidden), "{open}");
        }
        for profile in ["/Auth/ME/", "/auth/me.json", "/auth/me;x"] {
            assert_eq!(paths.find(&path(profile)), Some(TokenPath::Profile), "{profile}");
        }
        assert!(!paths.profile().contains(&"password".to_owned()));
        assert_eq!(paths.find(&path("/users/1")), None);
        let below = paths.below("/V1");
        for hidden in ["/v1/auth/login", "/V1/Auth/refresh/", "/v1;x/auth/login"] {
            assert_eq!(below.find(&path(hidden)), Some(TokenPath::Hidden), "{hidden}");
        }
        assert_eq!(below.find(&path("/auth/login")), None);
        assert_eq!(below.find(&path("/v10/auth/login")), None);
    }
}
