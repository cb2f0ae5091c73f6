//! `/metrics`, on a listener of its own that browsers never reach.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web,
};

use super::reply::problem;
use crate::{cache::Cache, response::problem::Failure, telemetry::metrics};

/// Everything that has been recorded, and what is looked at when somebody asks.
pub async fn metrics(request: HttpRequest, cache: web::Data<Option<Arc<Cache>>>) -> HttpResponse {
    metrics::cache_takes(cache.as_ref().as_ref().map_or(0, |cache| cache.store().bytes()));
    match metrics::text() {
        Ok(text) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_TYPE, prometheus::TEXT_FORMAT))
            .body(text),
        Err(err) => problem(Failure::Internal(err.to_string()), &request),
    }
}
