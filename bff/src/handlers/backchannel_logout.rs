//! `/bff/backchannel-logout`: the OpenID provider ends sessions here (OpenID Connect Back-Channel Logout 1.0 §2.5 to
//! §2.8). The token's signature authenticates the provider; no browser takes part.

use std::time::{Duration, SystemTime};

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web,
};
use tokio::time::sleep;
use url::form_urlencoded;

use super::{
    api_error::ApiError,
    request_content::{FORM_MAX, content, is_of_type},
    sign_in_service::SignInService,
    unchecked_request::UncheckedRequest,
};
use crate::{
    failure::Failure,
    guard::Guard,
    session::{Sessions, store::Term},
    sign_in::{ProviderError, backchannel_logout::end_by_provider, oidc::LogoutClaims},
};
use telemetry::{security, trace::carry};

/// `Cache-Control` of the answers (§2.8).
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Retries of a logout that found the session store away, and the pause between them: an hour in all.
const LATER_TRIES: u32 = 1800;
const LATER_PAUSE: Duration = Duration::from_secs(2);

/// Takes a logout token, once, and ends the sessions that it names.
///
/// # Errors
/// [`ApiError`] for an invalid token, and where keys or sessions cannot be looked up. Sessions in cookies get the 400
/// of a failed logout (§2.8).
pub async fn backchannel_logout(
    unchecked: UncheckedRequest,
    payload: web::Payload,
    guard: web::Data<Guard>,
    sign_in: web::Data<SignInService>,
) -> Result<HttpResponse, ApiError> {
    let refuse = |failure: Failure| {
        security::logout_refused(&failure.to_string(), unchecked.source());
        failure
    };
    let Some(oidc) = sign_in.provider.oidc() else {
        return Err(Failure::NoSuchAddress.into());
    };
    if guard.sessions.are_in_cookies() {
        // A success would claim that the person is signed out, though it may have worked in this process alone.
        return Err(refuse(Failure::Invalid(
            "Sessions are in the cookies of their browsers here, and nobody else can end them.",
        ))
        .into());
    }
    let token = logout_token(&unchecked, payload).await.map_err(refuse)?;
    let claims = oidc.verify_logout_token(&token, unchecked.now).await.map_err(|err| match err {
        ProviderError::Refused(reason) => {
            security::logout_refused(&reason, unchecked.source());
            Failure::Invalid("The logout token is not taken.")
        }
        other => refuse(Failure::SignIn(other)),
    })?;

    // The id is recorded before a session ends: a repeated token must not end sessions that began since.
    let id = format!("logout:{}", claims.id);
    let first = guard.sessions.store().is_first(&id, Term { now: unchecked.now, ends: claims.expires }).await;
    let ended = match first {
        Ok(true) => end_by_provider(&guard.sessions, &claims, unchecked.now).await,
        Ok(false) => return Err(refuse(Failure::Invalid("The logout token was used before.")).into()),
        // The id may have been recorded all the same.
        Err(err) => Err(err),
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(err) => {
            // The token is used up: a second delivery by the provider would be refused.
            actix_rt::spawn(carry(end_later(guard.sessions.clone(), claims)));
            return Err(refuse(err.into()).into());
        }
    };
    tracing::info!(request_id = &*unchecked.request_id, ended, "the OpenID provider ended sessions");
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, NO_STORE)).finish())
}

/// Ends the sessions of a logout token once the store is there again.
async fn end_later(sessions: Sessions, claims: LogoutClaims) {
    for _ in 0..LATER_TRIES {
        sleep(LATER_PAUSE).await;
        match end_by_provider(&sessions, &claims, SystemTime::now()).await {
            Ok(ended) => return tracing::info!(ended, "the OpenID provider ended sessions, late"),
            Err(err) => tracing::debug!(error = %err, "sessions that the OpenID provider ended live on"),
        }
    }
    tracing::error!("sessions that the OpenID provider ended live on: the session store stayed away");
}

async fn logout_token(unchecked: &UncheckedRequest, payload: web::Payload) -> Result<String, Failure> {
    if !is_of_type(&unchecked.headers, "application/x-www-form-urlencoded") {
        return Err(Failure::Invalid("The content must be application/x-www-form-urlencoded."));
    }
    let content = content(payload, FORM_MAX).await?;
    let mut tokens = form_urlencoded::parse(&content).filter(|(name, _)| name == "logout_token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        _ => Err(Failure::Invalid("One logout_token is needed.")),
    }
}
