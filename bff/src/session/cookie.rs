//! The cookies that the BFF sets: one for a session, one for each sign-in under way, one for a device.

use http::{HeaderValue, header};
use url::Url;

use http_message::{BasePath, HeaderBlock};

use crate::keys::SessionId;

/// Most bytes of one cookie, name and value, that a browser stores (RFC 6265bis §5.7).
pub const COOKIE_MAX: usize = 4096;

/// A cookie of ours: its name and its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieRule {
    name: String,
    attributes: &'static str,
    secure: bool,
}

impl CookieRule {
    /// The session's cookie. It goes only with requests of our own pages (`Strict`), and no script can read it.
    ///
    /// `None` where a cookie could be read on the way: on plain http anywhere but on loopback.
    #[must_use]
    pub fn session(public_url: &Url) -> Option<Self> {
        Self::new(public_url, "", "; Path=/; HttpOnly; SameSite=Strict")
    }

    /// The cookies of sign-ins under way, each with a suffix of its own. They are `Lax`, since the provider's redirect
    /// back to us comes from another site.
    #[must_use]
    pub fn login(public_url: &Url) -> Option<Self> {
        Self::new(public_url, "login", "; Path=/; HttpOnly; SameSite=Lax; Max-Age=600")
    }

    /// The cookie of a browser that has signed in before. It has a life of 180 days.
    #[must_use]
    pub fn device(public_url: &Url) -> Option<Self> {
        Self::new(public_url, "device", "; Path=/; HttpOnly; SameSite=Strict; Max-Age=15552000")
    }

    /// A cookie of the server whose base path is in its name: `Path=/`, which the prefix demands, does not tell servers of
    /// one host apart.
    fn new(public_url: &Url, kind: &str, attributes: &'static str) -> Option<Self> {
        let secure = public_url.scheme() == "https";
        if !secure && !is_loopback(public_url) {
            return None;
        }
        // The prefix makes a browser refuse the cookie unless this very host sets it, over https, by http.
        let prefix = if secure { "__Host-Http-" } else { "" };
        let base_path = BasePath::new(public_url.path());
        let mark = match kind {
            "" => "",
            _ if base_path.is_root() => "-",
            // No base path has it, so that none reads like the cookie of another.
            _ => "!",
        };
        let name = format!("{prefix}bff{}{mark}{kind}", base_path.cookie_suffix());
        Some(Self { name, attributes, secure })
    }

    /// Name of the cookie.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id in a request's cookies.
    #[must_use]
    pub fn read(&self, headers: &HeaderBlock) -> Option<SessionId> {
        SessionId::parse(self.value(headers)?)
    }

    /// The cookie's value in a request. Two different values count as none: one of them was planted.
    #[must_use]
    pub fn value<'a>(&self, headers: &'a HeaderBlock) -> Option<&'a str> {
        let mut values =
            pairs(headers).filter_map(|pair| pair.strip_prefix(self.name.as_bytes())?.strip_prefix(b"="));
        let first = values.next()?;
        if values.any(|other| other != first) {
            return None;
        }
        std::str::from_utf8(first).ok()
    }

    /// The rule of a cookie with the same attributes whose name goes on with `-` and `suffix`.
    #[must_use]
    pub fn suffixed(&self, suffix: &str) -> Self {
        Self { name: format!("{}-{suffix}", self.name), ..self.clone() }
    }

    /// The suffixes and values of a request's cookies that are [`suffixed`](Self::suffixed).
    pub fn with_suffixes<'a>(&'a self, headers: &'a HeaderBlock) -> impl Iterator<Item = (&'a str, &'a str)> {
        pairs(headers).filter_map(|pair| {
            let rest = pair.strip_prefix(self.name.as_bytes())?.strip_prefix(b"-")?;
            std::str::from_utf8(rest).ok()?.split_once('=')
        })
    }

    /// The `Set-Cookie` that gives the id to a browser.
    #[must_use]
    pub fn set(&self, id: &SessionId) -> Option<HeaderValue> {
        self.set_value(&id.to_cookie_value())
    }

    /// The `Set-Cookie` of that value; `None` where name and value are over [`COOKIE_MAX`].
    #[must_use]
    pub fn set_value(&self, value: &str) -> Option<HeaderValue> {
        self.field(value, "")
    }

    /// Bytes that count towards [`COOKIE_MAX`] with a value of that many characters.
    #[must_use]
    pub const fn length_with(&self, value: usize) -> usize {
        self.name.len() + value
    }

    /// The `Set-Cookie` that removes the cookie.
    #[must_use]
    pub fn remove(&self) -> Option<HeaderValue> {
        self.field("", "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0")
    }

    fn field(&self, value: &str, more: &str) -> Option<HeaderValue> {
        if self.length_with(value.len()) > COOKIE_MAX {
            return None;
        }
        let secure = if self.secure { "; Secure" } else { "" };
        let attributes = self.attributes;
        // The last of two Max-Age attributes counts (RFC 6265 §5.3).
        HeaderValue::from_str(&format!("{}={value}{attributes}{secure}{more}", self.name)).ok()
    }
}

/// The cookies of a request. Fields are read as bytes: another cookie that is no text must not hide ours. Only ASCII
/// blanks are trimmed, since a browser's check of the name's prefix knows no others.
fn pairs(headers: &HeaderBlock) -> impl Iterator<Item = &[u8]> {
    let fields = headers.get_all(header::COOKIE).map(HeaderValue::as_bytes);
    fields.flat_map(|field| field.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii)
}

/// Whether the URL can only mean this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(public_url: &str) -> Option<CookieRule> {
        CookieRule::session(&Url::parse(public_url).unwrap())
    }

    #[test]
    fn security_04_the_cookie_is_locked_to_this_host_https_and_our_own_pages() {
        let id = SessionId::random().unwrap();
        let value = id.to_cookie_value();
        let https = rule("https://app.example").unwrap();
        assert_eq!(
            https.set(&id).unwrap(),
            format!("__Host-Http-bff={value}; Path=/; HttpOnly; SameSite=Strict; Secure").as_str()
        );
        for loopback in ["http://127.0.0.1:3000", "http://localhost", "http://[::1]:1"] {
            let plain = rule(loopback).unwrap();
            assert_eq!(
                plain.set(&id).unwrap(),
                format!("bff={value}; Path=/; HttpOnly; SameSite=Strict").as_str()
            );
        }
        for elsewhere in
            ["http://app.example", "http://0.0.0.0:3000", "http://192.168.1.7", "http://localhost.example"]
        {
            assert_eq!(rule(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_base_path_stands_in_the_names_of_the_cookies() {
        let url = Url::parse("https://app.example/app").unwrap();
        for (rule, name) in [
            (CookieRule::session(&url), "__Host-Http-bff-app"),
            (CookieRule::login(&url), "__Host-Http-bff-app!login"),
            (CookieRule::device(&url), "__Host-Http-bff-app!device"),
        ] {
            assert_eq!(rule.unwrap().name(), name);
        }
        let cookie = rule("http://localhost/a/b/").unwrap().set_value("x").unwrap();
        assert_eq!(cookie, "bff-a+b=x; Path=/; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn security_05_name_and_value_stay_within_4096_bytes() {
        let field = rule("https://app.example").unwrap().set(&SessionId::random().unwrap()).unwrap();
        let pair = field.to_str().unwrap().split(';').next().unwrap().to_owned();
        assert!(pair.len() <= COOKIE_MAX, "{}", pair.len());
    }

    #[test]
    fn the_cookie_is_found_among_others_and_only_by_its_whole_name() {
        let rule = rule("http://localhost").unwrap();
        let id = SessionId::random().unwrap();
        let read = |cookies: &str| {
            let mut headers = HeaderBlock::new();
            headers.insert(header::COOKIE, HeaderValue::from_bytes(cookies.as_bytes()).unwrap());
            rule.read(&headers)
        };
        let value = id.to_cookie_value();
        assert_eq!(read(&format!("a=b; bff={value}; c")), Some(id.clone()));
        assert_eq!(read(&format!("x=\u{fc}; bff={value}; bff={value}")), Some(id));
        assert_eq!(read(&format!("bff=junk; bff={value}")), None);
        for other in [
            format!("xbff={value}"),
            format!("bff-login={value}"),
            "bff=".to_owned(),
            "bff=planted".to_owned(),
        ] {
            assert_eq!(read(&other), None, "{other}");
        }
    }
}
