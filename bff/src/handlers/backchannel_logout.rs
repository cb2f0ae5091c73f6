//! `/bff/backchannel-logout`: the OpenID provider ends sessions here (OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8).
//! It proves itself by the token's signature; no browser has a part in it.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web,
};
use url::form_urlencoded;

use super::{
    arrival::{Arrival, FORM_MAX, content, is_of_type},
    reception::{Reception, Refusal},
};
use crate::{
    guard::Guard, response::problem::Failure, session::provider::ProviderError, telemetry::security,
};

/// §2.8.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Takes a logout token, once, and ends the sessions that it names.
///
/// # Errors
/// [`Refusal`] for a token that does not hold, and where keys or sessions cannot be looked up.
pub async fn backchannel_logout(
    arrival: Arrival,
    payload: web::Payload,
    guard: web::Data<Guard>,
    reception: web::Data<Reception>,
) -> Result<HttpResponse, Refusal> {
    let refuse = |failure: Failure| {
        security::logout_refused(&failure.to_string(), arrival.source());
        Refusal::new(failure, arrival.source())
    };
    let Some(oidc) = reception.provider.oidc() else {
        return Err(Refusal::new(Failure::NoSuchAddress, arrival.source()));
    };
    let token = logout_token(&arrival, payload).await.map_err(refuse)?;
    let claims = oidc.verify_logout_token(&token, arrival.now).await.map_err(|err| match err {
        ProviderError::Refused(reason) => {
            security::logout_refused(&reason, arrival.source());
            Refusal::new(Failure::Invalid("The logout token is not taken."), arrival.source())
        }
        other => refuse(Failure::SignIn(other)),
    })?;

    // Before anything ends: a token that comes again must not end the sessions that have begun since.
    let id = format!("logout:{}", claims.id);
    let first = guard.sessions.store().is_first(&id, arrival.now, claims.expires).await;
    if !first.map_err(|err| refuse(err.into()))? {
        return Err(refuse(Failure::Invalid("The logout token was used before.")));
    }
    let ended = guard.sessions.end_by_provider(&claims, arrival.now).await;
    let ended = ended.map_err(|err| refuse(err.into()))?;
    tracing::info!(request_id = arrival.request_id, ended, "the OpenID provider ended sessions");
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, NO_STORE)).finish())
}

async fn logout_token(arrival: &Arrival, payload: web::Payload) -> Result<String, Failure> {
    if !is_of_type(&arrival.headers, "application/x-www-form-urlencoded") {
        return Err(Failure::Invalid("The content must be application/x-www-form-urlencoded."));
    }
    let content = content(payload, FORM_MAX).await?;
    let mut tokens = form_urlencoded::parse(&content).filter(|(name, _)| name == "logout_token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        _ => Err(Failure::Invalid("One logout_token is needed.")),
    }
}
