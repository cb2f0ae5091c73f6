//! `/healthz` and `/readyz`, for load balancers and supervisors. They answer yes or no, and no more.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};

use super::api_error::ApiError;
use crate::{
    failure::Failure,
    pipeline::{Drain, Pipeline},
    redis::{Link, LinkError},
};

/// Alive: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ok\n")
}

/// Ready: the upstream answers, with whatever status, Redis can be reached where there is one, and the server is not about to
/// stop. Whatever the reason, a server that is not ready says 503: that is what probes and balancers look for.
///
/// # Errors
/// [`ApiError`] with the reason. It is logged elsewhere, since probes come every second.
pub async fn readyz(
    pipeline: web::Data<Pipeline>,
    redis: web::Data<Option<Link>>,
    drain: web::Data<Drain>,
) -> Result<HttpResponse, ApiError> {
    if drain.is_announced() {
        return Err(ApiError::unlogged(Failure::Leaving));
    }
    if redis.as_ref().as_ref().is_some_and(|link| !link.is_open()) {
        return Err(ApiError::unlogged(Failure::SessionUnavailable(LinkError::Away.to_string())));
    }
    pipeline.probe().await.map_err(|failure| ApiError::unlogged(Failure::NotReady(failure)))?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ready\n"))
}
