//! The header block that goes to the browser: an allow-list of the upstream's fields, and no value that names the
//! upstream.

use http::{HeaderName, HeaderValue, StatusCode, header};
use url::Url;

mod active;
mod allowed;

use http_message::{
    HeaderBlock, csp,
    fields::{connection_options, is_hop_by_hop},
    media_type::is_event_stream,
};

use upstream::BaseUrl;

pub use self::active::is_page;
use crate::response::{
    ForeignRedirects, ResponseError, ResponseOptions, WayBack,
    addresses::{Addresses, Place},
};

/// Fields that never pass, not even by configuration: upstream cookies, CORS grants, and the BFF's own fields.
/// `Clear-Site-Data` is missing here: an operator that trusts the upstream with it may name it.
/// `Content-Security-Policy` may be named as well, but naming it is not enough: see [`csp`].
pub(crate) const NEVER: [HeaderName; 18] = [
    header::ALT_SVC,
    header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
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

/// The field by which an nginx in front is told not to hold an answer back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

const SOURCE_MAP: HeaderName = HeaderName::from_static("sourcemap");

/// The rules for one upstream's answers. Made once a worker.
pub struct ResponseRules {
    addresses: Addresses,
    extra: Vec<HeaderName>,
    foreign_redirects: ForeignRedirects,
}

/// What an answer is for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The path that was asked for, below the base URL: relative addresses start from it.
    pub path: &'a str,
    /// Fields that may leave on this route besides the others.
    pub extra: &'a [HeaderName],
    /// Whether scripts, styles and pages keep their types.
    pub active: bool,
}

impl<'a> Asked<'a> {
    /// An answer to a request for `path`, on a route that names no field.
    #[must_use]
    pub const fn of(path: &'a str) -> Self {
        Self { path, extra: &[], active: false }
    }
}

impl ResponseRules {
    /// The rules for answers of `base`.
    #[must_use]
    pub fn new(base: BaseUrl, public_url: Url, options: &ResponseOptions) -> Self {
        Self {
            addresses: Addresses::new(base, public_url),
            extra: options.extra_headers.clone(),
            foreign_redirects: options.foreign_redirects,
        }
    }

    /// The same for an upstream with further servers, whose bases have the same path, and with a way back of its own.
    #[must_use]
    pub fn also_of(self, others: Vec<BaseUrl>, way_back: Option<WayBack>) -> Self {
        Self { addresses: self.addresses.and(others).leading_back(way_back), ..self }
    }

    /// The same with servers of other upstreams, whose addresses do not leave.
    #[must_use]
    pub fn apart_from(self, foreign: Vec<BaseUrl>) -> Self {
        Self { addresses: self.addresses.apart_from(foreign), ..self }
    }

    /// The header block for the browser.
    ///
    /// # Errors
    /// [`ResponseError::ForeignRedirect`] where a redirect leaves the upstream and that is not allowed.
    pub fn for_browser(
        &self,
        status: StatusCode,
        upstream: &HeaderBlock,
        asked: Asked<'_>,
    ) -> Result<HeaderBlock, ResponseError> {
        let mut headers = self.for_update(status, upstream, asked)?;
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
        asked: Asked<'_>,
    ) -> Result<HeaderBlock, ResponseError> {
        let Asked { path, extra, .. } = asked;
        let named = connection_options(upstream);
        let mut headers = HeaderBlock::with_capacity(upstream.len());
        for (name, value) in upstream {
            let hop = named.iter().any(|option| option.eq_ignore_ascii_case(name.as_str()));
            if !hop
                && self.passes(name, extra)
                && let Some(value) = self.value(name, value, asked)
            {
                headers.append(name, value);
            }
        }
        if headers.get(header::CONTENT_TYPE).is_some_and(is_event_stream) {
            // An nginx in front would hold the events back.
            headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
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
        Ok(headers)
    }

    /// The value of a field as the browser gets it; `None` where it does not.
    fn value(&self, name: &HeaderName, value: &HeaderValue, asked: Asked<'_>) -> Option<HeaderValue> {
        let path = asked.path;
        match *name {
            header::CONTENT_LOCATION => self.addresses.here(value.as_bytes(), path),
            header::LINK => self.addresses.link(value, path),
            header::REFRESH => self.addresses.refresh(value, path),
            header::CONTENT_TYPE if !asked.active => {
                Some(active::inert(value).unwrap_or_else(|| value.clone()))
            }
            _ if *name == SOURCE_MAP => match self.addresses.place(value.as_bytes(), path) {
                Place::Here(address) => HeaderValue::from_str(&address).ok(),
                Place::Elsewhere(_) => Some(value.clone()),
                Place::Hidden => None,
            },
            _ if self.addresses.are_in(value) => {
                self.addresses.whole(value).or_else(|| self.addresses.in_parameters(value))
            }
            _ => Some(value.clone()),
        }
    }

    /// The browser's address for a `Location`; `None` if it leads elsewhere and must not.
    fn location(&self, location: &HeaderValue, path: &str) -> Option<HeaderValue> {
        match self.addresses.place(location.as_bytes(), path) {
            Place::Here(address) => HeaderValue::from_str(&address).ok(),
            Place::Elsewhere(address) if self.foreign_redirects == ForeignRedirects::Pass => {
                HeaderValue::from_str(&address).ok()
            }
            Place::Elsewhere(_) | Place::Hidden => None,
        }
    }

    /// The fields of an answer that stay when its content is replaced, out of those for the browser.
    #[must_use]
    pub fn of_replaced(headers: &HeaderBlock) -> HeaderBlock {
        let kept = headers.iter().filter(|(name, _)| allowed::outlives_content(name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn passes(&self, name: &HeaderName, extra: &[HeaderName]) -> bool {
        let text = name.as_str();
        let is_named = || self.extra.contains(name) || extra.contains(name);
        allowed::passes(text) || (is_named() && !NEVER.contains(name) && !is_hop_by_hop(text))
    }
}

/// Whether a field is about all of the content, and would be wrong, or tell too much, of a part of it.
#[must_use]
pub fn is_of_all_content(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "accept-ranges"
            | "content-digest"
            | "content-encoding"
            | "content-md5"
            | "digest"
            | "repr-digest"
            | "signature"
            | "signature-input"
    )
}

#[cfg(test)]
mod tests;
