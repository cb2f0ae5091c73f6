//! `/bff/session` and `/bff/sessions`: who is signed in, and where else. Never a token.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue, SET_COOKIE},
    web,
};
use shared::{OwnSessions, SessionInfo};

use super::reception::{Reception, Refusal, Visitor};
use crate::{failure::Failure, guard::Guard, message::unix_time::seconds, session::cookie::CookieRule};

/// What these addresses say is one person's alone.
pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");

/// Who is signed in, and how others may.
pub async fn current(
    visitor: Visitor,
    guard: web::Data<Guard>,
    reception: web::Data<Reception>,
) -> HttpResponse {
    let (sign_in, provider) = reception.provider.sign_in();
    let lifetimes = guard.sessions.lifetimes();
    let session = visitor.session.as_ref().map(|current| &current.stored.session);
    let info = SessionInfo {
        user: session.map(|session| session.user.clone()),
        expires_at: session.map(|session| seconds(lifetimes.end_of(session))),
        sign_in,
        provider,
    };
    let mut response = HttpResponse::Ok();
    if visitor.claims_session
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
/// [`Refusal`] where nobody is.
pub async fn list(visitor: Visitor, guard: web::Data<Guard>) -> Result<HttpResponse, Refusal> {
    let current = visitor.signed_in()?;
    let sessions = guard.sessions.own(current, visitor.now).await.map_err(|err| visitor.refuse(err))?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, PRIVATE)).json(OwnSessions { sessions }))
}

/// Ends one of them.
///
/// # Errors
/// [`Refusal`] where nobody is signed in, or none of the person's sessions has that handle.
pub async fn end(
    visitor: Visitor,
    handle: web::Path<String>,
    guard: web::Data<Guard>,
) -> Result<HttpResponse, Refusal> {
    let current = visitor.signed_in()?;
    let ended =
        guard.sessions.end_own(current, &handle, visitor.now).await.map_err(|err| visitor.refuse(err))?;
    if ended { Ok(HttpResponse::NoContent().finish()) } else { Err(visitor.refuse(Failure::NoSuchAddress)) }
}
