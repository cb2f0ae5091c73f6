//! `/bff/login` and `/bff/logout`: a session begins and ends.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, HeaderName, HeaderValue, LOCATION, SET_COOKIE},
    web,
};
use shared::{
    SessionInfo, SignedOut, return_url,
    session::{RETURN_URL, SIGN_IN_PAGE},
};
use url::form_urlencoded;

use super::{
    api_error::ApiError, checked_request::CheckedRequest, page::SignInProblem, request_content::json,
    request_parts::fields, session::PRIVATE, sign_in_service::SignInService,
    unchecked_request::UncheckedRequest,
};
use crate::{
    failure::Failure,
    guard::{Guard, csrf::check_navigation, login_limit::LoginAttempt},
    session::{BeginError, cookie::CookieRule},
    sign_in::{
        given::GivenCredentials,
        oidc::{OidcProvider, PassedParameters},
    },
};
use http_message::{BasePath, unix_time::seconds};
use telemetry::security::{self, SessionEnd};

/// The longest user name that is passed on.
const NAME_MAX: usize = 256;

/// The data that a browser clears at the end of a session (W3C Clear Site Data). `"cookies"` would clear those of
/// every host below the same domain; our cookie is removed by name.
const CLEAR_SITE_DATA: (HeaderName, &str) =
    (HeaderName::from_static("clear-site-data"), r#""cache", "storage""#);

/// Sends a browser to the sign-in: the app's own page, or the OpenID provider.
///
/// # Errors
/// [`SignInProblem`] where the provider cannot be reached or used.
pub async fn begin(
    unchecked: UncheckedRequest,
    request: HttpRequest,
    guard: web::Data<Guard>,
    sign_in: web::Data<SignInService>,
    base_path: web::Data<BasePath>,
) -> Result<HttpResponse, SignInProblem> {
    let query = || form_urlencoded::parse(request.query_string().as_bytes());
    let given = query().find(|(name, _)| name == RETURN_URL).map(|(_, value)| value).unwrap_or_default();
    let return_url = base_path.bring_inside(return_url::local(&given));
    let return_url = return_url.as_str();
    // It comes before the limit: pages elsewhere must not use it up.
    check_navigation(&unchecked.headers)
        .map_err(|err| SignInProblem::new(err, return_url, unchecked.source()))?;
    let (to, cookies) = match sign_in.provider.oidc() {
        None => {
            let mut way_back = form_urlencoded::Serializer::new(String::new());
            way_back.append_pair(RETURN_URL, return_url);
            (format!("{}?{}", base_path.at(SIGN_IN_PAGE), way_back.finish()), Vec::new())
        }
        Some(oidc) => {
            let passed = PassedParameters::of(query()).map_err(|problem| {
                SignInProblem::new(Failure::Invalid(problem), return_url, unchecked.source())
            })?;
            let begun = at_provider(oidc, (return_url, &passed), &unchecked, &guard, &sign_in).await;
            begun.map_err(|err| SignInProblem::new(err, return_url, unchecked.source()))?
        }
    };
    let mut response = HttpResponse::SeeOther();
    for field in cookies {
        response.append_header((SET_COOKIE, field));
    }
    Ok(response.insert_header((LOCATION, to)).insert_header((CACHE_CONTROL, PRIVATE)).finish())
}

/// The provider's address, and the cookies: one binds the sign-in to this browser, others give way to it.
async fn at_provider(
    oidc: &OidcProvider,
    (return_url, passed): (&str, &PassedParameters),
    unchecked: &UncheckedRequest,
    guard: &Guard,
    sign_in: &SignInService,
) -> Result<(String, Vec<HeaderValue>), Failure> {
    if guard.sessions.cookie().is_none() {
        return Err(BeginError::Insecure.into());
    }
    if let Some(wait) = sign_in.limit.admit_begin(unchecked.device.address, unchecked.now).await? {
        return Err(Failure::RateLimited(wait));
    }
    let current = guard.sessions.find(&unchecked.headers, unchecked.now).await?;
    let (url, mut login) = oidc.begin(return_url.to_owned(), passed).await.map_err(Failure::SignIn)?;
    login.replaces = current.map(|current| current.key);
    let cookies = guard.sessions.begin_login(login, &unchecked.headers, unchecked.now)?;
    Ok((url.into(), cookies))
}

/// Exchanges name and password for a session.
///
/// # Errors
/// [`ApiError`]: the same for an unknown name as for a wrong password.
pub async fn sign_in(
    checked: CheckedRequest,
    request: HttpRequest,
    payload: web::Payload,
    guard: web::Data<Guard>,
    service: web::Data<SignInService>,
) -> Result<HttpResponse, ApiError> {
    if service.provider.oidc().is_some() {
        return Err(Failure::NoSignIn("No password is taken here: people sign in elsewhere.").into());
    }
    let given: GivenCredentials = json(&request, payload).await?;
    let name = &given.username;
    let is_name = !name.trim().is_empty() && name.len() <= NAME_MAX && !name.chars().any(char::is_control);
    if !is_name || given.password.is_empty() {
        return Err(Failure::Invalid("A name and a password are needed.").into());
    }
    if let Some(problem) = given.problem() {
        return Err(Failure::Invalid(problem).into());
    }
    if guard.sessions.cookie().is_none() {
        return Err(BeginError::Insecure.into());
    }
    let headers = fields(&request);
    let device = service.devices.find(&headers, &given.username, checked.now);
    let attempt =
        LoginAttempt { address: checked.device.address, name: &given.username, device: device.as_ref() };
    if let Some(wait) = service.limit.admit(attempt, checked.now).await? {
        return Err(Failure::RateLimited(wait).into());
    }

    let signed_in = service.provider.by_credentials(&given).await.inspect_err(|err| {
        security::sign_in_failed(&given.username, &err.to_string(), checked.source());
    })?;
    let replaced = checked.session.as_ref().map(|current| current.key.clone());
    let begun = guard.sessions.begin(signed_in, checked.device.clone(), replaced, checked.now).await;
    let (cookie, session) = begun?;
    security::signed_in(&session.user.id, &session.handle, checked.source());

    let (sign_in, provider) = service.provider.sign_in();
    let ends = guard.sessions.lifetimes().end_of(&session);
    let info = SessionInfo { user: Some(session.user), expires_at: Some(seconds(ends)), sign_in, provider };
    let known_by = service.devices.remember(&headers, &given.username, checked.now);
    let mut response = HttpResponse::Ok();
    for field in [cookie, known_by].into_iter().flatten() {
        response.append_header((SET_COOKIE, field));
    }
    Ok(response.insert_header((CACHE_CONTROL, PRIVATE)).json(info))
}

/// Ends the session, and clears the browser's data of it.
///
/// # Errors
/// [`ApiError`] where the store is unavailable: the session then still lives, and the answer does not claim
/// otherwise.
pub async fn sign_out(
    checked: CheckedRequest,
    guard: web::Data<Guard>,
    sign_in: web::Data<SignInService>,
    base_path: web::Data<BasePath>,
) -> Result<HttpResponse, ApiError> {
    let mut continue_at = None;
    if let Some(current) = &checked.session {
        let ended = guard.sessions.end(&current.key, SessionEnd::SignedOut).await;
        ended?;
        continue_at = sign_in.provider.sign_out_url().await.map(String::from);
    }
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, PRIVATE));
    // It clears an origin, and other apps share it with one below a path.
    if base_path.is_root() {
        response.insert_header(CLEAR_SITE_DATA);
    }
    if let Some(field) = guard.sessions.cookie().and_then(CookieRule::remove) {
        response.insert_header((SET_COOKIE, field));
    }
    Ok(response.json(SignedOut { continue_at }))
}
