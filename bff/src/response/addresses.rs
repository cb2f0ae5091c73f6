//! Addresses in answers, in the browser's terms: below the mount, whatever terms the upstream uses.
//!
//! An upstream may write an address in its own terms, in those of the public host that it was told of, with or without the
//! prefix that it was told of, or as a path. All of them mean the same resource, and become the path by which the browser
//! reaches it. An address elsewhere has no such path.

use std::borrow::Cow;

use http::HeaderValue;
use url::{Position, Url};

use http_message::BasePath;
use upstream::BaseUrl;

use super::WayBack;

/// The addresses of one upstream behind one public URL.
pub(super) struct Addresses {
    first: Server,
    others: Vec<Server>,
    /// Servers of other upstreams, which are nobody's business.
    foreign: Vec<Server>,
    public_url: Url,
    /// The browser's path for the upstream's root.
    mount: String,
    /// `None`: every path here is the same there.
    way_back: Option<WayBack>,
}

/// One server of the upstream.
struct Server {
    base: BaseUrl,
    /// The base's authority and host in lower case, to look for in values.
    authority: String,
    host: String,
}

/// The place to which an address leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A resource of the upstream, as a path for the browser.
    Here(String),
    /// Another server, as an absolute address.
    Elsewhere(String),
    /// A part of the upstream's server that is not for the browser, or no address at all.
    Hidden,
}

impl Addresses {
    pub(super) fn new(base: BaseUrl, public_url: Url) -> Self {
        let (others, foreign) = (Vec::new(), Vec::new());
        let mount = BasePath::new(public_url.path()).at(shared::API_BASE);
        Self { first: Server::new(base), others, foreign, public_url, mount, way_back: None }
    }

    /// The same of an upstream with further servers, whose bases have the same path.
    pub(super) fn and(self, others: Vec<BaseUrl>) -> Self {
        Self { others: others.into_iter().map(Server::new).collect(), ..self }
    }

    /// The same with servers of other upstreams, whose addresses do not leave.
    pub(super) fn apart_from(self, foreign: Vec<BaseUrl>) -> Self {
        Self { foreign: foreign.into_iter().map(Server::new).collect(), ..self }
    }

    /// The same with another way back than that of equal paths.
    pub(super) fn leading_back(self, way_back: Option<WayBack>) -> Self {
        Self { way_back, ..self }
    }

    /// The browser's address for a value that is nothing but an absolute address of the upstream.
    pub(super) fn whole(&self, value: &HeaderValue) -> Option<HeaderValue> {
        let bytes = value.as_bytes();
        let is_absolute = ["http://", "https://", "//"].iter().any(|start| {
            bytes.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start.as_bytes()))
        });
        if !is_absolute || bytes.iter().any(u8::is_ascii_whitespace) {
            return None;
        }
        self.here(bytes, "/")
    }

    /// The browser's address for one of the upstream.
    pub(super) fn here(&self, address: &[u8], path: &str) -> Option<HeaderValue> {
        match self.place(address, path) {
            Place::Here(address) => HeaderValue::from_str(&address).ok(),
            Place::Elsewhere(_) | Place::Hidden => None,
        }
    }

    /// Finds the place of an address in an answer to `path`, which is below the base URL: relative ones start there.
    pub(super) fn place(&self, address: &[u8], path: &str) -> Place {
        let Ok(asked) = Url::parse(&format!("{}{path}", self.first.base)) else { return Place::Hidden };
        let Ok(target) = asked.join(&encoded(address)) else { return Place::Hidden };
        // The scheme is often lost behind a proxy that does TLS.
        let is_public = target.host() == self.public_url.host() && target.port() == self.public_url.port();
        // A path that begins with two slashes would be another server's address.
        if is_public && target.path().starts_with("//") {
            return Place::Hidden;
        }
        let is_upstream = self.servers().any(|server| match target.scheme() == server.base.scheme() {
            true => server.is_at(&target),
            false => server.is_at_by_another_scheme(&target) && target.path() != asked.path(),
        });
        if (is_upstream || is_public)
            && let Some(path) = self.path_of(target.path())
        {
            return Place::Here(format!("{}{path}{}", self.mount, &target[Position::AfterPath..]));
        }
        let is_server = self.servers().chain(&self.foreign).any(|server| server.is_at(&target));
        if matches!(target.scheme(), "http" | "https") && !is_server && !is_public {
            return Place::Elsewhere(target.into());
        }
        Place::Hidden
    }

    /// The value of a `Link` field (RFC 8288 §3) with its addresses mapped; `None` where one of them is not for the
    /// browser.
    pub(super) fn link(&self, value: &HeaderValue, path: &str) -> Option<HeaderValue> {
        let mut mapped = Vec::new();
        let mut rest = value.as_bytes();
        let mut quoted = false;
        while let Some((first, after)) = rest.split_first() {
            match first {
                b'\\' if quoted && !after.is_empty() => {
                    mapped.extend_from_slice(&rest[..2]);
                    rest = &after[1..];
                    continue;
                }
                b'"' => quoted = !quoted,
                b'<' if !quoted => {
                    let end = after.iter().position(|byte| *byte == b'>')?;
                    mapped.push(b'<');
                    match self.place(&after[..end], path) {
                        Place::Here(address) | Place::Elsewhere(address) => {
                            mapped.extend_from_slice(address.as_bytes());
                        }
                        Place::Hidden => return None,
                    }
                    rest = &after[end..];
                    continue;
                }
                _ => {}
            }
            mapped.push(*first);
            rest = after;
        }
        // An address may stand in a parameter as well.
        let mapped = HeaderValue::from_bytes(&mapped).ok()?;
        if self.are_in(&mapped) { self.in_parameters(&mapped) } else { Some(mapped) }
    }

    /// A value whose parameters are addresses of the upstream, with the browser's in their place; `None` where the upstream is
    /// still named after that. They become absolute, as the metadata of a challenge has to be (RFC 9728 §5.1).
    pub(super) fn in_parameters(&self, value: &HeaderValue) -> Option<HeaderValue> {
        let text = std::str::from_utf8(value.as_bytes()).ok().filter(|text| !text.contains('\\'))?;
        let parts = text.split('"').enumerate().map(|(number, part)| {
            let is_quoted = number % 2 == 1;
            let is_absolute = Url::parse(part).is_ok();
            match self.place(part.as_bytes(), "/") {
                Place::Here(path) if is_quoted && is_absolute => {
                    Cow::Owned(format!("{}{path}", self.public_url.origin().ascii_serialization()))
                }
                _ => Cow::Borrowed(part),
            }
        });
        let mapped = HeaderValue::from_str(&parts.collect::<Vec<_>>().join("\"")).ok()?;
        (!self.are_in(&mapped)).then_some(mapped)
    }

    /// The value of a `Refresh` field (`5; url=/next`) that leads to the upstream; `None` for all others.
    pub(super) fn refresh(&self, value: &HeaderValue, path: &str) -> Option<HeaderValue> {
        let text = std::str::from_utf8(value.as_bytes()).ok()?;
        let (seconds, target) =
            text.split_once([';', ',']).map_or((text, None), |(seconds, target)| (seconds, Some(target)));
        // Some readers take a space for the separator.
        if !seconds.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return None;
        }
        let Some(target) = target else { return Some(value.clone()) };
        let target = target.trim();
        let address = match target.get(..4) {
            Some(name) if name.eq_ignore_ascii_case("url=") => target[4..].trim(),
            _ => target,
        };
        let address = address.trim_matches(['"', '\'']);
        match self.place(address.as_bytes(), path) {
            Place::Here(address) => HeaderValue::from_str(&format!("{}; url={address}", seconds.trim())).ok(),
            Place::Elsewhere(_) | Place::Hidden => None,
        }
    }

    /// Whether a value gives the upstream's address away: as `host:port`, or as the host of a URL.
    pub(super) fn are_in(&self, value: &HeaderValue) -> bool {
        // Either form has one of these before or behind the host; most values have neither, or no such host.
        let bytes = value.as_bytes();
        let may_name = bytes.contains(&b':') || bytes.contains(&b'/');
        may_name && self.servers().chain(&self.foreign).any(|server| server.is_in(bytes))
    }

    fn servers(&self) -> impl Iterator<Item = &Server> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The browser's path, below the mount, for one of the upstream's server; `None` where there is none.
    fn path_of<'a>(&self, path: &'a str) -> Option<Cow<'a, str>> {
        let base = self.first.base.path.as_str();
        // An upstream that heeds `X-Forwarded-Prefix` puts the mount in front.
        let mounted = below(path, &self.mount).filter(|_| below(base, &self.mount).is_none());
        let own = match mounted {
            Some(rest) => Some(below(rest, base).unwrap_or(rest)),
            None => below(path, base),
        };
        let Some(way_back) = &self.way_back else { return own.map(Cow::Borrowed) };
        match mounted.filter(|path| way_back.is_here(path)) {
            Some(path) => Some(Cow::Borrowed(path)),
            None => way_back.path(own?).map(Cow::Owned),
        }
    }
}

impl Server {
    fn new(base: BaseUrl) -> Self {
        Self {
            authority: base.authority.as_str().to_ascii_lowercase(),
            host: base.authority.host().to_ascii_lowercase(),
            base,
        }
    }

    /// Whether a value that has a colon or a slash names the server.
    fn is_in(&self, value: &[u8]) -> bool {
        if !contains_ignoring_case(value, self.host.as_bytes()) {
            return false;
        }
        let text = String::from_utf8_lossy(value).to_ascii_lowercase();
        let with_port = self.authority != self.host && text.contains(&self.authority);
        let in_url = text.split("//").skip(1).any(|rest| {
            let end = rest.find(|c: char| matches!(c, '/' | '?' | '#' | '"') || c.is_ascii_whitespace());
            let rest = &rest[..end.unwrap_or(rest.len())];
            let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            rest.strip_prefix(&self.host).is_some_and(|after| {
                !after
                    .starts_with(|next: char| next.is_ascii_alphanumeric() || matches!(next, '-' | '.' | '_'))
            })
        });
        with_port || in_url
    }

    fn is_at(&self, target: &Url) -> bool {
        self.is_host(target) && target.port_or_known_default() == Some(self.base.port)
    }

    /// Whether a target of another scheme is the upstream all the same. It may write the public scheme that it was told of,
    /// or not know of the TLS in front of it. A redirect from a resource to itself is neither, and would never end.
    fn is_at_by_another_scheme(&self, target: &Url) -> bool {
        let default_ports = target.port().is_none() && self.base.authority.port().is_none();
        matches!(target.scheme(), "http" | "https")
            && self.is_host(target)
            && (default_ports || target.port_or_known_default() == Some(self.base.port))
    }

    fn is_host(&self, target: &Url) -> bool {
        let host = target.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']'));
        host == Some(&self.base.host)
    }
}

/// The part of `path` behind the segments of `prefix`.
fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An address as text: bytes that are not ASCII are percent-encoded, as browsers do with them.
fn encoded(address: &[u8]) -> String {
    let mut text = String::with_capacity(address.len());
    for byte in address {
        match byte.is_ascii() {
            true => text.push(char::from(*byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Whether `needle`, which is in lower case, stands in `text` in any case.
fn contains_ignoring_case(text: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    let mut starts = text.windows(needle.len());
    starts.any(|part| part[0].to_ascii_lowercase() == *first && part.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests;
