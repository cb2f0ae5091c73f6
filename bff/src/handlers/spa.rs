//! Serves everything that is not the API: the app's files, and its start page for the app's own addresses.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method,
        header::{
            ACCEPT, ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE,
            CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, VARY,
        },
    },
    web,
};
use percent_encoding::percent_decode_str;

use super::{
    api_error::ApiError,
    byte_range::{self, Wanted},
    dev_server::DevServer,
    first_reads,
    nonce_page::with_nonce,
};
use crate::{
    failure::Failure,
    guard::Guard,
    spa::{Asset, Assets, Variant},
};

/// Prefixes that never belong to the app: a wrong API address must not look like a page.
const RESERVED: [&str; 2] = ["/api", "/bff"];

/// The folder of files that other parties look for (RFC 8615). A page there would look like an answer to them.
const WELL_KNOWN: &str = "/.well-known";

/// `Cache-Control` of a file with a hash in its name, which never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// `Cache-Control` of every other file: it is revalidated every time, and mostly answered 304.
const REVALIDATE: &str = "no-cache";

/// The page at `/` before an app is built.
const NOT_BUILT: &str = include_str!("not_built.html");

/// Serves one file, or the start page; in front of a dev server, what that answers.
///
/// # Errors
/// [`Failure::NoSuchAddress`], [`Failure::ReadOnly`], [`Failure::NoSuchPart`].
pub async fn spa(
    request: HttpRequest,
    payload: web::Payload,
    assets: web::Data<Option<Assets>>,
    dev_server: web::Data<Option<DevServer>>,
    guard: web::Data<Guard>,
) -> Result<HttpResponse, ApiError> {
    let path = request.uri().path();
    if RESERVED.iter().any(|prefix| is_within(path, prefix)) {
        return Err(Failure::NoSuchAddress.into());
    }
    if let Some(dev_server) = dev_server.as_ref() {
        // Boxed: the server of a built app does not pay for its memory.
        return Box::pin(dev_server.serve(&request, payload, &guard)).await;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(Failure::ReadOnly.into());
    }
    let Some(assets) = assets.as_ref() else {
        return not_built(&request);
    };
    match file_at(path, assets) {
        Some(asset) => file(asset, assets, &request),
        None if is_page_address(&request) => match assets.index() {
            Some(index) => page(index, assets, &request).await,
            None => Err(Failure::NoSuchAddress.into()),
        },
        None => Err(Failure::NoSuchAddress.into()),
    }
}

/// The start page, with the answers to its first reads where they may stand in it.
async fn page(index: &Asset, assets: &Assets, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    if let Some(reads) = assets.first_reads().filter(|_| first_reads::are_wanted(request))
        // Boxed: files do not pay for its memory.
        && let Some(filled) = Box::pin(first_reads::filled(reads, index, assets, request)).await?
    {
        return Ok(filled);
    }
    file(index, assets, request)
}

/// The file at the path of an address. Browsers encode names such as `[slug].js`.
fn file_at<'a>(path: &str, assets: &'a Assets) -> Option<&'a Asset> {
    let name = path.trim_start_matches('/');
    assets.get(name).or_else(|| assets.get(&percent_decode_str(name).decode_utf8().ok()?))
}

fn file(asset: &Asset, assets: &Assets, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
    if let Some(page) = &asset.nonce_page {
        return Ok(with_nonce(page, assets.csp(), &asset.content_type)?);
    }
    let variant = asset.variant(field(request, &ACCEPT_ENCODING));
    let known =
        request.headers().get(IF_NONE_MATCH).is_some() && variant.matches(field(request, &IF_NONE_MATCH));
    if known {
        let mut response = HttpResponse::NotModified();
        describe(&mut response, &variant, asset, assets);
        return Ok(response.finish());
    }
    // A part is one of the file as it is: parts of a compressed form are of no use.
    let plain = asset.identity_form();
    match byte_range::wanted(request, plain.content.len(), &plain.etag) {
        Wanted::Whole => {
            let mut response = HttpResponse::Ok();
            describe(&mut response, &variant, asset, assets);
            if let Some(token) = variant.encoding.token() {
                response.insert_header((CONTENT_ENCODING, token));
            }
            response.insert_header((CONTENT_TYPE, asset.content_type.as_str()));
            Ok(response.insert_header((ACCEPT_RANGES, "bytes")).body(variant.content))
        }
        Wanted::Part(first, last) => {
            let mut response = HttpResponse::PartialContent();
            describe(&mut response, &plain, asset, assets);
            let range = format!("bytes {first}-{last}/{}", plain.content.len());
            response.insert_header((CONTENT_RANGE, range)).insert_header((ACCEPT_RANGES, "bytes"));
            response.insert_header((CONTENT_TYPE, asset.content_type.as_str()));
            Ok(response.body(plain.content.slice(first..=last)))
        }
        Wanted::Beyond => Err(Failure::NoSuchPart(plain.content.len()).into()),
    }
}

/// Adds the fields that an answer about a file has, be it a 304.
fn describe(response: &mut HttpResponseBuilder, form: &Variant, asset: &Asset, assets: &Assets) {
    response
        .insert_header((ETAG, form.etag.as_str()))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((CACHE_CONTROL, if asset.immutable { IMMUTABLE } else { REVALIDATE }));
    for field in asset.policy(assets.csp()).into_iter().flatten() {
        response.insert_header(field.clone());
    }
}

/// Whether the address is the app's and not a file's: the root, or no extension and a client that shows pages.
fn is_page_address(request: &HttpRequest) -> bool {
    let path = request.uri().path();
    let last = path.rsplit('/').next().unwrap_or_default();
    path == "/"
        || !last.contains('.')
            && !is_within(path, WELL_KNOWN)
            && field(request, &ACCEPT).contains("text/html")
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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
