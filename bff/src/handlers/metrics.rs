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
use http_message::budget::Budget;
use telemetry::metrics;

/// Values that are read at a scrape, and not before.
#[derive(Clone)]
pub struct LookedAt {
    /// The cache, for its size in bytes.
    pub cache: Option<Arc<Cache>>,
    /// The content that is held whole, for its size.
    pub budget: Budget,
    /// The sessions, for their number.
    pub sessions: Sessions,
}

/// Renders all recorded metrics.
///
/// # Errors
/// If a value cannot be written as text.
pub async fn metrics(looked_at: web::Data<LookedAt>) -> Result<HttpResponse, ApiError> {
    metrics::cache_takes(looked_at.cache.as_ref().map_or(0, |cache| cache.store().bytes()));
    metrics::held_are(looked_at.budget.held());
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
