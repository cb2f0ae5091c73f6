//! Decides whether a request comes from a page of ours: the guard against cross-site request forgery (CSRF).
//!
//! A request is let through if the first of these that applies says so:
//!
//! 1. its `Origin` is one that `BFF_CORS_ORIGINS` lists, and it names no session: yes;
//! 2. `Sec-Fetch-Site` says `same-origin`: yes; `cross-site`, `same-site` or anything unknown: no;
//! 3. `Sec-Fetch-Site` says `none` (an address that a person typed), and the method is safe: yes;
//! 4. its `Origin` is ours: yes; another one, or `null`: no;
//! 5. the method is safe (RFC 9110 §9.2.1), or there is no session to misuse: yes;
//! 6. it has `X-CSRF: 1`, which a foreign page cannot send without being asked first (a preflight): yes.
//!
//! The handshake of a WebSocket is a GET that counts as unsafe, and one with a foreign `Origin` is always refused.
//!
//! Every other request is refused, event streams and downloads included. Browsers that send `Sec-Fetch-Site` cannot
//! be made to lie in it. Programs can, but have no browser's session to misuse.

use http::{HeaderName, HeaderValue, Method, header};
use url::Url;

use http_message::HeaderBlock;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const X_CSRF: HeaderName = HeaderName::from_static("x-csrf");

/// Seconds for which a browser may remember the answer to a preflight.
const PREFLIGHT_MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Foreign pages that may read the API, without a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    /// These origins and no others; empty: none.
    Listed(Vec<String>),
    /// All origins (`*`).
    Any,
}

/// The CSRF rules: our own origin, and the foreign origins that may read the API.
#[derive(Debug, Clone)]
pub struct CsrfRule {
    own: String,
    cors: CorsOrigins,
}

/// Reasons why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CrossSite {
    /// `Sec-Fetch-Site` says that another site's page sent the request.
    #[error("Sec-Fetch-Site says that it does not come from our own pages")]
    SaidBySite,
    /// The `Origin` is not ours.
    #[error("its Origin is not ours")]
    SaidByOrigin,
    /// The request is for a picture, a frame or a script, where only a whole page may be asked for.
    #[error("it is no navigation of a whole page")]
    NoNavigation,
    /// The request would change something in a session's name, without proof that it comes from us.
    #[error("it has a session and no proof that it comes from our own pages")]
    NoProof,
}

/// A foreign page's leave to read the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant(HeaderValue);

impl CsrfRule {
    /// The pages at `public_url` are ours.
    #[must_use]
    pub fn new(public_url: &Url, cors: CorsOrigins) -> Self {
        Self { own: public_url.origin().ascii_serialization(), cors }
    }

    /// Decides whether a request is let through, and with which grant. `with_session`: the request claims a session.
    ///
    /// # Errors
    /// [`CrossSite`].
    pub fn check(
        &self,
        method: &Method,
        headers: &HeaderBlock,
        with_session: bool,
    ) -> Result<Option<Grant>, CrossSite> {
        let origin = only(headers, &header::ORIGIN);
        if let Field::One(origin) = origin
            && let Some(grant) = self.grant(origin, with_session)
        {
            return Ok(Some(grant));
        }
        let safe = method.is_safe();
        match only(headers, &SEC_FETCH_SITE) {
            Field::One("same-origin") => return Ok(None),
            Field::One("none") if safe => return Ok(None),
            Field::One("none") | Field::Missing => {}
            _ => return Err(CrossSite::SaidBySite),
        }
        match origin {
            Field::One(origin) if origin == self.own => return Ok(None),
            Field::Missing => {}
            _ => return Err(CrossSite::SaidByOrigin),
        }
        let asked_first = matches!(only(headers, &X_CSRF), Field::One("1"));
        if safe || !with_session || asked_first { Ok(None) } else { Err(CrossSite::NoProof) }
    }

    /// Decides whether the handshake of a WebSocket is let through. Browsers let any page open one to anywhere, and send its
    /// `Origin` each time (RFC 6455 §10.2). A foreign one is refused, whatever else is said; no grant covers a tunnel.
    ///
    /// # Errors
    /// [`CrossSite`].
    pub fn check_handshake(&self, headers: &HeaderBlock, with_session: bool) -> Result<(), CrossSite> {
        match only(headers, &header::ORIGIN) {
            Field::Missing => {}
            Field::One(origin) if origin == self.own => {}
            _ => return Err(CrossSite::SaidByOrigin),
        }
        // The method counts as unsafe, not as the GET that it is.
        self.check(&Method::POST, headers, with_session).map(drop)
    }

    /// Grants a listed origin by name, and any origin by `*`. An origin is never just repeated, and credentials are
    /// never granted. No foreign page acts in a session's name: a `Strict` cookie does go along from the same site.
    fn grant(&self, origin: &str, with_session: bool) -> Option<Grant> {
        match &self.cors {
            _ if with_session || origin == self.own => None,
            CorsOrigins::Any => Some(Grant(HeaderValue::from_static("*"))),
            CorsOrigins::Listed(origins) => {
                let listed = origins.iter().find(|listed| *listed == origin)?;
                HeaderValue::from_str(listed).ok().map(Grant)
            }
        }
    }

    /// The header block that answers a preflight (Fetch §3.2.2), for a page that has been granted `methods`; `None`
    /// if the request is no preflight.
    #[must_use]
    pub fn preflight(method: &Method, headers: &HeaderBlock, methods: &[Method]) -> Option<HeaderBlock> {
        if method != Method::OPTIONS || !headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        let mut answer = HeaderBlock::new();
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_str(&names.join(", ")).ok()?);
        answer.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("accept, authorization, content-type, if-match, if-none-match"),
        );
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE);
        Some(answer)
    }
}

impl Grant {
    /// Adds the grant to an answer's header block.
    pub fn say(self, headers: &mut HeaderBlock) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, self.0);
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        headers.insert(
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        );
    }
}

/// Refuses what a browser does not send to show a whole page, by its `Sec-Fetch-*` fields. Pages elsewhere can make a
/// browser send anything else unseen, and as often as they like. A client that sends none of these fields is let through.
///
/// # Errors
/// [`CrossSite::NoNavigation`].
pub fn check_navigation(headers: &HeaderBlock) -> Result<(), CrossSite> {
    let says_nothing =
        [SEC_FETCH_SITE, SEC_FETCH_MODE, SEC_FETCH_DEST].iter().all(|name| !headers.contains_key(name));
    let is_navigation = matches!(only(headers, &SEC_FETCH_MODE), Field::One("navigate"))
        && matches!(only(headers, &SEC_FETCH_DEST), Field::One("document"));
    if says_nothing || is_navigation { Ok(()) } else { Err(CrossSite::NoNavigation) }
}

/// The value of a field that must stand once.
#[derive(Clone, Copy)]
enum Field<'a> {
    Missing,
    One(&'a str),
    Unusable,
}

fn only<'a>(headers: &'a HeaderBlock, name: &HeaderName) -> Field<'a> {
    let mut values = headers.get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Field::Missing,
        (Some(value), None) => value.to_str().map_or(Field::Unusable, Field::One),
        _ => Field::Unusable,
    }
}

#[cfg(test)]
mod tests;
