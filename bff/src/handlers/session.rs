//! `/bff/session` and `/bff/sessions`: the person who is signed in, and their sessions. No answer holds a token.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue, SET_COOKIE},
    web,
};
use serde::Serialize;
use shared::{OwnSessions, SessionInfo, session::UserWithClaims};

use super::{api_error::ApiError, checked_request::CheckedRequest, sign_in_service::SignInService};
use crate::{failure::Failure, guard::Guard, session::cookie::CookieRule};
use http_message::unix_time::seconds;

/// `Cache-Control` of these answers, which are for one person alone.
pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// The person who is signed in, and the way to sign in.
pub async fn current(
    checked: CheckedRequest,
    guard: web::Data<Guard>,
    sign_in: web::Data<SignInService>,
) -> HttpResponse {
    let info = info(&checked, &guard, &sign_in);
    let mut response = HttpResponse::Ok();
    if let Some(field) = removed_cookie(&checked, &guard) {
        response.insert_header((SET_COOKIE, field));
    }
    response.insert_header((CACHE_CONTROL, PRIVATE)).json(info)
}

/// The session of a request, as pages may know it.
pub(super) fn info<'a>(
    checked: &'a CheckedRequest,
    guard: &Guard,
    sign_in: &SignInService,
) -> SessionInfo<UserWithClaims<&'a impl Serialize>> {
    let (sign_in, provider) = sign_in.provider.sign_in();
    let lifetimes = guard.sessions.lifetimes();
    let session = checked.session.as_ref().map(|current| &current.stored.session);
    SessionInfo {
        user: session.map(|session| UserWithClaims {
            user: session.user.clone(),
            claims: session.claims.as_ref().map(|claims| &claims.named).filter(|named| !named.is_empty()),
        }),
        expires_at: session.map(|session| seconds(lifetimes.end_of(session))),
        sign_in,
        provider,
    }
}

/// The field that removes the cookie of a session that has ended.
pub(super) fn removed_cookie(checked: &CheckedRequest, guard: &Guard) -> Option<HeaderValue> {
    let has_ended = checked.claims_session && checked.session.is_none();
    guard.sessions.cookie().filter(|_| has_ended).and_then(CookieRule::remove)
}

/// Lists the sessions of the person who is signed in.
///
/// # Errors
/// [`ApiError`] without a session.
pub async fn list(checked: CheckedRequest, guard: web::Data<Guard>) -> Result<HttpResponse, ApiError> {
    let current = checked.signed_in()?;
    let sessions = guard.sessions.own(current, checked.now).await?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, PRIVATE)).json(OwnSessions { sessions }))
}

/// Ends one of the person's sessions.
///
/// # Errors
/// [`ApiError`] without a session, or where none of the person's sessions has that handle.
pub async fn end(
    checked: CheckedRequest,
    handle: web::Path<String>,
    guard: web::Data<Guard>,
) -> Result<HttpResponse, ApiError> {
    let current = checked.signed_in()?;
    let ended = guard.sessions.end_own(current, &handle, checked.now).await?;
    if ended { Ok(HttpResponse::NoContent().finish()) } else { Err(Failure::NoSuchAddress.into()) }
}
