//! Checks which name a request calls this server by (RFC 9110 §7.2).
//!
//! A site can point its own name at this server's address, so that its pages count as ours in the browser: DNS rebinding.
//! The name in `Host` gives that away. A request passes if its host is any of these, whatever the port:
//!
//! - the public URL's;
//! - an address literal, which no DNS record can redirect;
//! - `localhost`, or a name below it (RFC 6761 §6.3);
//! - one that `BFF_HOSTS` lists.
//!
//! A target in absolute form names a host as well, and `Host` must not say otherwise: both are checked.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use http::{HeaderValue, Uri, Version};
use url::Url;

/// A name of `BFF_HOSTS`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// Exactly this name.
    Name(String),
    /// Every name that ends with this one, which begins with its dot.
    Below(String),
}

/// Why a request is not answered under the name that it gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// An HTTP/1.1 request says no host.
    #[error("the request has no Host field")]
    Missing,
    /// Several fields may say different things to different servers.
    #[error("the request has several Host fields")]
    Several,
    /// The name is not this server's.
    #[error(
        "the host {0:?} is not this server's; BFF_HOSTS lists the names that it has besides BFF_PUBLIC_URL's"
    )]
    Unknown(String),
}

impl HostPattern {
    /// Whether a name without the dot of the root is meant, in whatever case.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        match self {
            Self::Name(name) => name.eq_ignore_ascii_case(host),
            Self::Below(suffix) => ends_with(host, suffix),
        }
    }
}

/// The names of this server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HostRule(Arc<Vec<HostPattern>>);

impl HostRule {
    /// The names of the server that browsers call `public_url`, and those of `listed`.
    #[must_use]
    pub fn new(public_url: &Url, listed: &[HostPattern]) -> Self {
        let own = public_url.host_str().map(|host| HostPattern::Name(without_root(host).to_owned()));
        Self(Arc::new(own.into_iter().chain(listed.iter().cloned()).collect()))
    }

    /// Checks the hosts that a request names.
    ///
    /// # Errors
    /// [`HostError`].
    pub fn check<'a>(
        &self,
        version: Version,
        target: &Uri,
        mut fields: impl Iterator<Item = &'a HeaderValue>,
    ) -> Result<(), HostError> {
        if let Some(authority) = target.authority() {
            self.admit(authority.host())?;
        }
        match (fields.next(), fields.next()) {
            (Some(field), None) => self.admit(field.to_str().unwrap_or_default()),
            (Some(_), Some(_)) => Err(HostError::Several),
            // HTTP/2 has the authority in its place (RFC 9113 §8.3.1).
            (None, _) if version == Version::HTTP_2 && target.authority().is_some() => Ok(()),
            // RFC 9112 §3.2 wants 400 here. Before HTTP/1.1 the field was not needed.
            (None, _) if version >= Version::HTTP_11 => Err(HostError::Missing),
            (None, _) => Err(HostError::Unknown(String::new())),
        }
    }

    fn admit(&self, authority: &str) -> Result<(), HostError> {
        match name(authority) {
            Some(host) if self.knows(host) => Ok(()),
            Some(host) => Err(HostError::Unknown(host.to_ascii_lowercase())),
            // What is no host may be anything, a password too, and is not repeated.
            None => Err(HostError::Unknown("…".to_owned())),
        }
    }

    /// Whether a name is this server's. Every request asks, so that nothing is allocated for it.
    fn knows(&self, host: &str) -> bool {
        let host = without_root(host);
        host.parse::<Ipv4Addr>().is_ok()
            || host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(is_v6)
            || is_loopback_name(host)
            || self.0.iter().any(|pattern| pattern.matches(host))
    }
}

/// Whether a name stands for this machine, wherever it is asked (RFC 6761 §6.3).
#[must_use]
pub fn is_loopback_name(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || ends_with(host, ".localhost")
}

/// A name without the dot of the root.
#[must_use]
pub fn without_root(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// Whether a name ends in `suffix`, and is not all of it.
fn ends_with(host: &str, suffix: &str) -> bool {
    let at = host.len().checked_sub(suffix.len()).filter(|at| *at > 0);
    at.and_then(|at| host.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
}

fn is_v6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

/// The host of `host[:port]`; `None`: it is none.
fn name(authority: &str) -> Option<&str> {
    // The colons of an IPv6 address stand in brackets.
    let end = authority.find(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match authority[end..].find(':') {
        Some(colon) => (&authority[..end + colon], &authority[end + colon + 1..]),
        None => (authority, ""),
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    let is_one =
        !host.is_empty() && host.bytes().all(is_host) && port.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> HostRule {
        let below = HostPattern::Below(".apps.example".to_owned());
        HostRule::new(
            &Url::parse("https://App.example").unwrap(),
            &[HostPattern::Name("old.example".to_owned()), below],
        )
    }

    fn check(version: Version, target: &str, hosts: &[&str]) -> Result<(), HostError> {
        let fields: Vec<HeaderValue> =
            hosts.iter().map(|host| HeaderValue::from_str(host).unwrap()).collect();
        rule().check(version, &target.parse().unwrap(), fields.iter())
    }

    #[test]
    fn security_51_names_of_this_server_pass_whatever_the_port() {
        for host in [
            "app.example",
            "APP.example:443",
            "app.example.",
            "old.example",
            "a.apps.example",
            "a.b.apps.example:8443",
            "127.0.0.1:3000",
            "10.1.2.3",
            "[::1]:3000",
            "[2001:db8::1]",
            "localhost",
            "LOCALHOST:3000",
            "app.localhost",
            "app.example:",
        ] {
            assert_eq!(check(Version::HTTP_11, "/", &[host]), Ok(()), "{host}");
        }
    }

    #[test]
    fn security_51_every_other_name_is_refused() {
        for host in [
            "evil.example",
            "app.example.evil.example",
            "xapp.example",
            "apps.example",
            ".apps.example",
            "xapps.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.1",
            "0x7f000001",
            "[::1].evil.example",
            "[::1",
            "::1",
            "",
            ":80",
            "app.example:80:90",
            "app.example:x",
            "app.example@evil.example",
            "evil.example@app.example",
            "app.example/x",
            "app.example, evil.example",
        ] {
            assert!(matches!(check(Version::HTTP_11, "/", &[host]), Err(HostError::Unknown(_))), "{host}");
        }
    }

    #[test]
    fn security_51_an_absolute_target_names_a_host_as_well() {
        let target = "http://evil.example/x";
        assert!(check(Version::HTTP_11, target, &["app.example"]).is_err());
        assert!(check(Version::HTTP_11, "http://app.example/x", &["evil.example"]).is_err());
        assert!(check(Version::HTTP_11, "http://u:p@app.example:80/x", &["app.example"]).is_ok());
    }

    #[test]
    fn security_51_one_host_field_is_needed_and_no_more() {
        assert_eq!(check(Version::HTTP_11, "/", &[]), Err(HostError::Missing));
        assert_eq!(check(Version::HTTP_10, "/", &[]), Err(HostError::Unknown(String::new())));
        assert_eq!(check(Version::HTTP_11, "/", &["app.example", "app.example"]), Err(HostError::Several));
        assert_eq!(check(Version::HTTP_2, "https://app.example/", &[]), Ok(()));
        assert!(check(Version::HTTP_2, "https://evil.example/", &[]).is_err());
        assert!(check(Version::HTTP_2, "https://app.example/", &["evil.example"]).is_err());
    }

    #[test]
    fn security_51_what_is_no_host_is_not_repeated() {
        let err = check(Version::HTTP_11, "/", &["eve:hunter2@app.example"]).unwrap_err();
        assert!(!err.to_string().contains("hunter2") && err.to_string().contains("BFF_HOSTS"), "{err}");
    }
}
