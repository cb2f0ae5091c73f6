//! The answer with a page that has a nonce of its own.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
};

use crate::{
    failure::Failure,
    spa::{Csp, Nonce, NoncePage},
};

/// A page with a nonce. It is never stored: a nonce that is used again protects from nothing.
pub(super) fn with_nonce(page: &NoncePage, csp: &Csp, content_type: &str) -> Result<HttpResponse, Failure> {
    let nonce = Nonce::random().map_err(|err| Failure::Internal(err.to_string()))?;
    let mut response = HttpResponse::Ok();
    for field in csp.of_page_with(&nonce) {
        response.insert_header(field);
    }
    response.insert_header((CONTENT_TYPE, content_type)).insert_header((CACHE_CONTROL, "no-store"));
    Ok(response.body(page.with(Some(&nonce))))
}
