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
    sign_in::{ProviderError, oidc::CallbackQuery},
};
use telemetry::security;

/// Finishes a sign-in: uses it up, exchanges the code for a session, and leads the browser on.
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
    let Some(oidc) = sign_in.provider.oidc() else {
        return Ok(reply::problem(Failure::NoSuchAddress, &request));
    };
    let lost = |reason| SignInProblem::new(Failure::Invalid(reason), "/", unchecked.source());
    let answer = Query::<CallbackQuery>::from_query(request.query_string())
        .map_err(|_| lost("The address is not what is expected here."))?
        .into_inner();
    let state = answer.state.as_deref().unwrap_or_default();
    let returned = sessions
        .returned_login(&unchecked.headers, state, unchecked.now)
        .ok_or_else(|| lost("This sign-in took too long, or was begun in another browser."))?;
    let return_url = return_url::local(&returned.state.return_url).to_owned();
    let again = |failure: Failure| SignInProblem::new(failure, &return_url, unchecked.source());
    let admitted = sign_in.limit.admit_callback(unchecked.device.address, unchecked.now).await;
    if let Some(wait) = admitted.map_err(|err| again(err.into()))? {
        return Err(again(Failure::RateLimited(wait)));
    }
    let first = sessions.use_up(&returned, unchecked.now).await.map_err(|err| again(err.into()))?;
    let remove = sessions.remove_login(&returned);
    let problem = |failure: Failure| again(failure).and_remove(remove.clone());
    if !first {
        return Err(problem(Failure::Invalid("This sign-in was used before.")));
    }
    // A session may have begun in another tab meanwhile. Its cookie comes along if the provider is on the same site.
    let present = sessions.find(&unchecked.headers, unchecked.now).await;
    let present = present.map_err(|err| problem(err.into()))?.map(|current| current.key);
    let replaced = [returned.state.replaces.clone(), present];

    let signed_in = oidc.finish(returned.state, answer).await;
    let signed_in = signed_in.map_err(|err| {
        if let ProviderError::NotAdmitted { tokens, .. } = &err {
            sessions.revoke("", tokens);
        }
        problem(Failure::SignIn(err))
    })?;
    let begun = sessions
        .begin(signed_in, unchecked.device.clone(), replaced.into_iter().flatten(), unchecked.now)
        .await;
    let (given, session) = begun.map_err(|err| problem(err.into()))?;
    security::signed_in(&session.user.id, &session.handle, unchecked.source());

    let mut response = hop(&return_url).customize();
    for field in [given, remove].into_iter().flatten() {
        response = response.append_header((SET_COOKIE, field));
    }
    Ok(response.respond_to(&request).map_into_boxed_body())
}
