//! The header block that goes to the browser: an allow-list of the upstream's fields, and no value that names the
//! upstream.

use http::{HeaderName, HeaderValue, StatusCode, header};
use url::Url;

use http_message::{
    HeaderBlock, csp,
    fields::{HOP_BY_HOP, connection_options},
};

use upstream::BaseUrl;

use crate::response::{ForeignRedirects, ResponseError, ResponseOptions};

/// Fields that always may pass. Framing fields are not among them: the server writes its own.
const PASSED: [HeaderName; 19] = [
    header::ACCEPT_RANGES,
    header::AGE,
    header::ALLOW,
    header::CACHE_CONTROL,
    // The field is for every CDN on the way: the cache here goes by it and passes it on (RFC 9213 §3).
    HeaderName::from_static("cdn-cache-control"),
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

/// Fields that never pass, not even by configuration: upstream cookies, CORS grants, and the BFF's own fields.
/// `Clear-Site-Data` is missing here: an operator that trusts the upstream with it may name it.
/// `Content-Security-Policy` may be named as well, but naming it is not enough: see [`csp`].
pub(crate) const NEVER: [HeaderName; 19] = [
    header::ALT_SVC,
    header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
    header::REFRESH,
    HeaderName::from_static("service-worker-allowed"),
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
    header::STRICT_TRANSPORT_SECURITY,
    header::REFERRER_POLICY,
    header::X_CONTENT_TYPE_OPTIONS,
];

/// The rules for one upstream's answers. Made once a worker.
pub struct ResponseRules {
    base: BaseUrl,
    /// The base's authority and host in lower case, to look for in values.
    authority: String,
    host: String,
    public_url: Url,
    extra: Vec<HeaderName>,
    foreign_redirects: ForeignRedirects,
}

impl ResponseRules {
    /// The rules for answers of `base`.
    #[must_use]
    pub fn new(base: BaseUrl, public_url: Url, options: &ResponseOptions) -> Self {
        Self {
            authority: base.authority.as_str().to_ascii_lowercase(),
            host: base.authority.host().to_ascii_lowercase(),
            base,
            public_url,
            extra: options.extra_headers.clone(),
            foreign_redirects: options.foreign_redirects,
        }
    }

    /// The header block for the browser. `path` is the one that was asked for, below the base URL; a relative
    /// `Location` starts from it.
    ///
    /// # Errors
    /// [`ResponseError::ForeignRedirect`] where a redirect leaves the upstream and that is not allowed.
    pub fn for_browser(
        &self,
        status: StatusCode,
        upstream: &HeaderBlock,
        path: &str,
    ) -> Result<HeaderBlock, ResponseError> {
        let mut headers = self.for_update(status, upstream, path)?;
        csp::enforce(&mut headers, status, upstream);
        if status == StatusCode::NOT_MODIFIED {
            // A cache on the way would add the type to content, and to a policy, that came with another.
            headers.remove(header::CONTENT_TYPE);
        }
        Ok(headers)
    }

    /// The same for the fields of a 304, which are no answer by themselves but update a stored one. Whether a policy
    /// among them stands is settled there, with the type of the stored content.
    ///
    /// # Errors
    /// As [`Self::for_browser`].
    pub fn for_update(
        &self,
        status: StatusCode,
        upstream: &HeaderBlock,
        path: &str,
    ) -> Result<HeaderBlock, ResponseError> {
        let named = connection_options(upstream);
        let mut headers = HeaderBlock::with_capacity(upstream.len());
        for (name, value) in upstream {
            let hop = named.iter().any(|option| option.eq_ignore_ascii_case(name.as_str()));
            if self.passes(name) && !hop && !self.names_upstream(value) {
                headers.append(name, safe_value(name, value));
            }
        }
        // Policies hold together: only some of them would be weaker than the upstream's.
        let lines = |headers: &HeaderBlock| headers.get_all(header::CONTENT_SECURITY_POLICY).count();
        if lines(&headers) < lines(upstream) {
            headers.remove(header::CONTENT_SECURITY_POLICY);
        }
        if let Some(location) = upstream.get(header::LOCATION) {
            match self.location(location, path) {
                Some(mapped) => {
                    headers.insert(header::LOCATION, mapped);
                }
                None if status.is_redirection() => return Err(ResponseError::ForeignRedirect),
                // Of a success (201) only the pointer is lost, not the answer.
                None => {}
            }
        }
        // Only a content location inside the upstream means anything to the browser.
        let content_location = upstream.get(header::CONTENT_LOCATION);
        let mapped = content_location.and_then(|location| self.inside(&self.resolve(location, path)?));
        if let Some(mapped) = mapped {
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

    /// Whether a value gives the upstream's address away: as `host:port`, or as the host of a URL.
    fn names_upstream(&self, value: &HeaderValue) -> bool {
        // Either form has one of these before or behind the host; most values have neither, or no such host.
        let bytes = value.as_bytes();
        let may_name = bytes.contains(&b':') || bytes.contains(&b'/');
        if !may_name || !contains_ignoring_case(bytes, self.host.as_bytes()) {
            return false;
        }
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        let with_port = self.authority != self.host && text.contains(&self.authority);
        let in_url = text.split("//").skip(1).any(|rest| {
            let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            rest.strip_prefix(&self.host).is_some_and(|after| {
                !after
                    .starts_with(|next: char| next.is_ascii_alphanumeric() || matches!(next, '-' | '.' | '_'))
            })
        });
        with_port || in_url
    }

    /// The browser's address for a `Location`; `None` if it leads elsewhere and must not.
    fn location(&self, location: &HeaderValue, path: &str) -> Option<HeaderValue> {
        let target = self.resolve(location, path)?;
        if let Some(mapped) = self.inside(&target) {
            return Some(mapped);
        }
        // The BFF tells the upstream how the browser calls it, so an address may come back in these terms.
        if target.origin() == self.public_url.origin() {
            // A path that begins with two slashes would be another server's address.
            if target.path().starts_with("//") {
                return None;
            }
            return HeaderValue::from_str(&target[url::Position::BeforePath..]).ok();
        }
        let elsewhere = matches!(target.scheme(), "http" | "https") && !self.is_server(&target);
        let passes = self.foreign_redirects == ForeignRedirects::Pass && elsewhere;
        // The address passes as resolved: a relative one means the upstream's server here, and ours in the browser.
        passes.then(|| HeaderValue::from_str(target.as_str()).ok()).flatten()
    }

    fn resolve(&self, location: &HeaderValue, path: &str) -> Option<Url> {
        let asked = Url::parse(&format!("{}{path}", self.base)).ok()?;
        asked.join(location.to_str().ok()?).ok()
    }

    fn is_server(&self, target: &Url) -> bool {
        let host = target.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']'));
        host == Some(&self.base.host) && target.port_or_known_default() == Some(self.base.port)
    }

    /// The browser's address for one inside the upstream.
    fn inside(&self, target: &Url) -> Option<HeaderValue> {
        let below = target.path().strip_prefix(self.base.path.as_str())?;
        let inside = target.scheme() == self.base.scheme()
            && self.is_server(target)
            && (below.is_empty() || below.starts_with('/'));
        let rest = &target[url::Position::AfterPath..];
        inside.then(|| HeaderValue::from_str(&format!("{}{below}{rest}", shared::API_BASE)).ok()).flatten()
    }
}

/// Whether `needle`, which is in lower case, stands in `text` in any case.
fn contains_ignoring_case(text: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return true };
    let mut starts = text.windows(needle.len());
    starts.any(|part| part[0].to_ascii_lowercase() == *first && part.eq_ignore_ascii_case(needle))
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
    // A browser takes the last type of a list (Fetch, "extract a MIME type"): any of them counts.
    content_type.as_bytes().split(|byte| *byte == b',').any(|one| {
        let essence = one.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        essence.eq_ignore_ascii_case(b"text/html") || essence.eq_ignore_ascii_case(b"application/xhtml+xml")
    })
}

#[cfg(test)]
mod tests;
