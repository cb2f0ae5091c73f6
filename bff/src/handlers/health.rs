//! `/healthz` and `/readyz`, for load balancers and supervisors. They tell yes or no, and no more.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web};

use super::reply;
use crate::{
    failure::Failure,
    pipeline::Pipeline,
    redis::{Link, LinkError},
};

/// Alive: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ok\n")
}

/// Ready: the upstream answers, with whatever status, and Redis can be reached where there is one.
pub async fn readyz(
    request: HttpRequest,
    pipeline: web::Data<Pipeline>,
    redis: web::Data<Option<Link>>,
) -> HttpResponse {
    if redis.as_ref().as_ref().is_some_and(|link| !link.is_open()) {
        return reply::problem(Failure::SessionUnavailable(LinkError::Away.to_string()), &request);
    }
    match pipeline.probe().await {
        Ok(()) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ready\n"),
        Err(err) => reply::problem(err, &request),
    }
}
