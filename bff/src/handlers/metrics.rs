//! `/metrics`, on a listener of its own that browsers never reach.

use std::{sync::Arc, time::SystemTime};

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web,
};

use super::api_error::ApiError;
use crate::{failure::Failure, session::Sessions};
use http_cache::Cache;
use telemetry::metrics;

/// What is looked at when somebody asks, and not before.
#[derive(Clone)]
pub struct LookedAt {
    /// Its bytes.
    pub cache: Option<Arc<Cache<Failure>>>,
    /// Their number.
    pub sessions: Sessions,
}

/// Everything that has been recorded.
///
/// # Errors
/// If a value cannot be written as text.
pub async fn metrics(looked_at: web::Data<LookedAt>) -> Result<HttpResponse, ApiError> {
    metrics::cache_takes(looked_at.cache.as_ref().map_or(0, |cache| cache.store().bytes()));
    if let Some(count) = looked_at.sessions.store().count(SystemTime::now()) {
        metrics::sessions_are(count);
    }
    let text = metrics::text().map_err(|err| Failure::Internal(err.to_string()))?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, prometheus::TEXT_FORMAT));
    Ok(response.body(text))
}
