//! `/bff/callback`: a browser comes back from the OpenID provider. The request comes from another site. Only the
//! sign-in's cookie and the state in the address prove that this browser was sent there.

use actix_web::{
    HttpRequest, HttpResponse, Responder as _,
    http::header::SET_COOKIE,
    web::{self, Query},
};
use shared::return_url;

use super::{
    page::{SignInProblem, hop},
    reply,
    sign_in_service::SignInService,
    unchecked_request::UncheckedRequest,
};
use crate::{
    failure::Failure,
    guard::Guard,
    session::{cookie::CookieRule, store::LoginState},
    sign_in::oidc::CallbackQuery,
};
use telemetry::security;

/// Finishes a sign-in: takes it out of the store, exchanges the code for a session, and leads the browser on.
///
/// # Errors
/// [`SignInProblem`] for every failure: the next attempt is a new sign-in.
pub async fn callback(
    unchecked: UncheckedRequest,
    request: HttpRequest,
    guard: web::Data<Guard>,
    sign_in: web::Data<SignInService>,
) -> Result<HttpResponse, SignInProblem> {
    let sessions = &guard.sessions;
    let remove = sessions.login_cookie().and_then(CookieRule::remove);
    let problem = |failure: Failure, return_url: &str| {
        SignInProblem::new(failure, return_url, unchecked.source()).and_remove(remove.clone())
    };
    let Some(oidc) = sign_in.provider.oidc() else {
        return Ok(reply::problem(Failure::NoSuchAddress, &request));
    };
    let taken = sessions.take_login_state(&unchecked.headers, unchecked.now).await;
    let attempt: LoginState = taken.map_err(|err| problem(err.into(), "/"))?.ok_or_else(|| {
        problem(Failure::Invalid("This sign-in took too long, or was begun in another browser."), "/")
    })?;
    let return_url = return_url::local(&attempt.return_url).to_owned();
    // A session may have begun in another tab meanwhile. Its cookie comes along if the provider is on the same site.
    let present = sessions.find(&unchecked.headers, unchecked.now).await;
    let present = present.map_err(|err| problem(err.into(), &return_url))?.map(|current| current.key);
    let replaced = [attempt.replaces.clone(), present];
    let answer = Query::<CallbackQuery>::from_query(request.query_string())
        .map_err(|_| problem(Failure::Invalid("The address is not what is expected here."), &return_url))?;

    let signed_in = oidc.finish(attempt, answer.into_inner()).await;
    let signed_in = signed_in.map_err(|err| problem(Failure::SignIn(err), &return_url))?;
    let begun = sessions
        .begin(signed_in, unchecked.device.clone(), replaced.into_iter().flatten(), unchecked.now)
        .await;
    let (given, session) = begun.map_err(|err| problem(err.into(), &return_url))?;
    security::signed_in(&session.user.id, &session.handle, unchecked.source());

    let mut response = hop(&return_url).customize();
    for field in [given, remove].into_iter().flatten() {
        response = response.append_header((SET_COOKIE, field));
    }
    Ok(response.respond_to(&request).map_into_boxed_body())
}
