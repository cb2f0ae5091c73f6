//! Serves everything that is not the API: the app's files, and its start page for the app's own addresses.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{
            ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
            ETAG, HeaderName, IF_NONE_MATCH, VARY,
        },
    },
    web,
};

use super::api_error::ApiError;
use crate::{
    failure::Failure,
    spa::{Asset, Assets},
};

const REPORTING_ENDPOINTS: HeaderName = HeaderName::from_static("reporting-endpoints");

/// Prefixes that never belong to the app: a wrong API address must not look like a page.
const RESERVED: [&str; 2] = ["/api", "/bff"];

/// `Cache-Control` of a file with a hash in its name, which never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// `Cache-Control` of every other file: it is revalidated every time, and mostly answered 304.
const REVALIDATE: &str = "no-cache";

/// The page at `/` before an app is built.
const NOT_BUILT: &str = include_str!("not_built.html");

/// Serves one file, or the start page.
///
/// # Errors
/// [`Failure::NoSuchAddress`], [`Failure::ReadOnly`].
pub async fn spa(request: HttpRequest, assets: web::Data<Option<Assets>>) -> Result<HttpResponse, ApiError> {
    let path = request.uri().path();
    let reserved = RESERVED
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    if reserved {
        return Err(Failure::NoSuchAddress.into());
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(Failure::ReadOnly.into());
    }
    let Some(assets) = assets.as_ref() else {
        return not_built(&request);
    };
    match assets.get(path.trim_start_matches('/')) {
        Some(asset) => Ok(file(asset, assets, &request)),
        None if is_page_address(&request) => match assets.index() {
            Some(index) => Ok(file(index, assets, &request)),
            None => Err(Failure::NoSuchAddress.into()),
        },
        None => Err(Failure::NoSuchAddress.into()),
    }
}

fn file(asset: &Asset, assets: &Assets, request: &HttpRequest) -> HttpResponse {
    let variant = asset.variant(field(request, &ACCEPT_ENCODING));
    let known =
        request.headers().get(IF_NONE_MATCH).is_some() && variant.matches(field(request, &IF_NONE_MATCH));
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, variant.etag.as_str()))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((CACHE_CONTROL, if asset.immutable { IMMUTABLE } else { REVALIDATE }));
    if asset.content_type.starts_with("text/html") {
        let csp = assets.csp();
        response.insert_header((CONTENT_SECURITY_POLICY, csp.policy.as_str()));
        if let Some(endpoints) = &csp.endpoints {
            response.insert_header((REPORTING_ENDPOINTS, endpoints.as_str()));
        }
    }
    if known {
        return response.finish();
    }
    if let Some(token) = variant.encoding.token() {
        response.insert_header((CONTENT_ENCODING, token));
    }
    response.insert_header((CONTENT_TYPE, asset.content_type.as_str())).body(variant.content)
}

/// Whether the address is the app's and not a file's: the root, or no extension and a client that shows pages.
fn is_page_address(request: &HttpRequest) -> bool {
    let path = request.uri().path();
    let last = path.rsplit('/').next().unwrap_or_default();
    path == "/" || !last.contains('.') && field(request, &ACCEPT).contains("text/html")
}

fn not_built(request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    if request.uri().path() != "/" {
        return Err(Failure::NoSuchAddress.into());
    }
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(NOT_BUILT))
}

fn field<'a>(request: &'a HttpRequest, name: &HeaderName) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
