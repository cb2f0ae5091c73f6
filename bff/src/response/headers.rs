//! What of an upstream's header block goes to the browser: an allow-list, and no value that names the
//! upstream.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use crate::{
    config::{BaseUrl, ForeignRedirects, Upstream},
    upstream::{
        UpstreamError,
        headers::{HOP_BY_HOP, connection_options},
    },
};

/// What always may pass. Framing fields are not among them: the server writes its own.
const PASSED: [HeaderName; 18] = [
    header::ACCEPT_RANGES,
    header::AGE,
    header::ALLOW,
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::DATE,
    header::ETAG,
    header::EXPIRES,
    header::LAST_MODIFIED,
    header::LINK,
    header::PRAGMA,
    header::RETRY_AFTER,
    header::VARY,
    header::WARNING,
];

/// Families of fields that may pass: rate limits and paging totals are meant for the client.
const PASSED_PREFIXES: [&str; 5] = ["ratelimit", "x-ratelimit-", "x-total-", "x-pagination", "x-page-"];

/// What never passes, not even by configuration: upstream cookies, CORS grants, and what the BFF itself says.
pub(crate) const NEVER: [HeaderName; 16] = [
    header::SET_COOKIE,
    header::SERVER,
    header::VIA,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    header::ACCESS_CONTROL_ALLOW_HEADERS,
    header::ACCESS_CONTROL_ALLOW_METHODS,
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
    header::ACCESS_CONTROL_MAX_AGE,
    header::CONTENT_SECURITY_POLICY,
    header::STRICT_TRANSPORT_SECURITY,
    header::REFERRER_POLICY,
    header::X_CONTENT_TYPE_OPTIONS,
];

/// The path of the browser that stands for the upstream's base URL.
const BROWSER_BASE: &str = shared::API_BASE;

/// Decides for one upstream. Made once a worker.
pub struct ResponseRules {
    base: BaseUrl,
    extra: Vec<HeaderName>,
    foreign_redirects: ForeignRedirects,
}

impl ResponseRules {
    /// The rules for answers of `base`.
    #[must_use]
    pub fn new(base: BaseUrl, config: &Upstream) -> Self {
        Self {
            base,
            extra: config.response_headers.clone(),
            foreign_redirects: config.foreign_redirects,
        }
    }

    /// The header block for the browser. `path` is the one that was asked for, below the base URL; a relative
    /// `Location` starts from it.
    ///
    /// # Errors
    /// [`UpstreamError::ForeignRedirect`] where `Location` leaves the upstream and that is not allowed.
    pub fn for_browser(&self, upstream: &HeaderMap, path: &str) -> Result<HeaderMap, UpstreamError> {
        let named = connection_options(upstream);
        let mut headers = HeaderMap::with_capacity(upstream.len());
        for (name, value) in upstream {
            let hop = named
                .iter()
                .any(|option| option.eq_ignore_ascii_case(name.as_str()));
            if self.passes(name) && !hop && !self.names_upstream(value) {
                headers.append(name, safe_value(name, value));
            }
        }
        if let Some(location) = upstream.get(header::LOCATION) {
            headers.insert(header::LOCATION, self.location(location, path)?);
        }
        // Only a content location inside the upstream means anything to the browser.
        let content_location = upstream.get(header::CONTENT_LOCATION);
        if let Some(mapped) = content_location.and_then(|location| self.inside(location, path)) {
            headers.insert(header::CONTENT_LOCATION, mapped);
        }
        Ok(headers)
    }

    fn passes(&self, name: &HeaderName) -> bool {
        let text = name.as_str();
        PASSED.contains(name)
            || PASSED_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            || (self.extra.contains(name) && !NEVER.contains(name) && !HOP_BY_HOP.contains(&text))
    }

    /// Whether a value gives the upstream's address away.
    fn names_upstream(&self, value: &HeaderValue) -> bool {
        let authority = self.base.authority.as_str().as_bytes();
        value
            .as_bytes()
            .windows(authority.len())
            .any(|window| window.eq_ignore_ascii_case(authority))
    }

    fn location(&self, location: &HeaderValue, path: &str) -> Result<HeaderValue, UpstreamError> {
        match (self.inside(location, path), self.foreign_redirects) {
            (Some(mapped), _) => Ok(mapped),
            (None, ForeignRedirects::Pass) if !self.names_upstream(location) => Ok(location.clone()),
            (None, _) => Err(UpstreamError::ForeignRedirect),
        }
    }

    /// The browser's address for one inside the upstream.
    fn inside(&self, location: &HeaderValue, path: &str) -> Option<HeaderValue> {
        let base = Url::parse(&self.base.to_string()).ok()?;
        let asked = Url::parse(&format!("{}{path}", self.base)).ok()?;
        let target = asked.join(location.to_str().ok()?).ok()?;
        let same_server = target.scheme() == base.scheme()
            && target.host() == base.host()
            && target.port_or_known_default() == base.port_or_known_default();
        let below = target.path().strip_prefix(self.base.path.as_str())?;
        if !same_server || !(below.is_empty() || below.starts_with('/')) {
            return None;
        }
        let rest = &target[url::Position::AfterPath..];
        HeaderValue::from_str(&format!("{BROWSER_BASE}{below}{rest}")).ok()
    }
}

/// HTML from the upstream never becomes a page of our origin: it is shown as the text it is.
fn safe_value(name: &HeaderName, value: &HeaderValue) -> HeaderValue {
    if name == header::CONTENT_TYPE && is_page(value) {
        HeaderValue::from_static("text/plain; charset=utf-8")
    } else {
        value.clone()
    }
}

/// Whether a `Content-Type` makes a browser build a page.
#[must_use]
pub fn is_page(content_type: &HeaderValue) -> bool {
    let essence = content_type
        .as_bytes()
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    let essence = essence.trim_ascii();
    essence.eq_ignore_ascii_case(b"text/html") || essence.eq_ignore_ascii_case(b"application/xhtml+xml")
}

#[cfg(test)]
mod tests;
