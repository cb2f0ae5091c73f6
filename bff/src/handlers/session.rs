//! `/bff/session` and `/bff/sessions`: who is signed in, and where else. Never a token.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue, SET_COOKIE},
    web,
};
use shared::{OwnSessions, SessionInfo};

use super::{api_error::ApiError, checked_request::CheckedRequest, sign_in_service::SignInService};
use crate::{failure::Failure, guard::Guard, session::cookie::CookieRule};
use http_message::unix_time::seconds;

/// What these addresses say is one person's alone.
pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// Who is signed in, and how others may.
pub async fn current(
    checked: CheckedRequest,
    guard: web::Data<Guard>,
    sign_in: web::Data<SignInService>,
) -> HttpResponse {
    let (sign_in, provider) = sign_in.provider.sign_in();
    let lifetimes = guard.sessions.lifetimes();
    let session = checked.session.as_ref().map(|current| &current.stored.session);
    let info = SessionInfo {
        user: session.map(|session| session.user.clone()),
        expires_at: session.map(|session| seconds(lifetimes.end_of(session))),
        sign_in,
        provider,
    };
    let mut response = HttpResponse::Ok();
    if checked.claims_session
        && session.is_none()
        && let Some(field) = guard.sessions.cookie().and_then(CookieRule::remove)
    {
        response.insert_header((SET_COOKIE, field));
    }
    response.insert_header((CACHE_CONTROL, PRIVATE)).json(info)
}

/// The sessions of whoever is signed in.
///
/// # Errors
/// [`ApiError`] where nobody is.
pub async fn list(checked: CheckedRequest, guard: web::Data<Guard>) -> Result<HttpResponse, ApiError> {
    let current = checked.signed_in()?;
    let sessions = guard.sessions.own(current, checked.now).await?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, PRIVATE)).json(OwnSessions { sessions }))
}

/// Ends one of them.
///
/// # Errors
/// [`ApiError`] where nobody is signed in, or none of the person's sessions has that handle.
pub async fn end(
    checked: CheckedRequest,
    handle: web::Path<String>,
    guard: web::Data<Guard>,
) -> Result<HttpResponse, ApiError> {
    let current = checked.signed_in()?;
    let ended = guard.sessions.end_own(current, &handle, checked.now).await?;
    if ended { Ok(HttpResponse::NoContent().finish()) } else { Err(Failure::NoSuchAddress.into()) }
}
