//! `/healthz` and `/readyz`, for load balancers and supervisors. They tell yes or no, and no more.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web};

use super::reply;
use crate::pipeline::Pipeline;

/// Alive: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ok\n")
}

/// Ready: the upstream answers, with whatever status.
pub async fn readyz(request: HttpRequest, pipeline: web::Data<Pipeline>) -> HttpResponse {
    match pipeline.probe().await {
        Ok(()) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ready\n"),
        Err(err) => reply::problem(err, &request),
    }
}
