//! `/metrics`, on a listener of its own that browsers never reach.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

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

/// The parts whose values are read at a scrape, and not before. Cheap to clone.
#[derive(Clone)]
pub struct LookedAt(Arc<Mutex<Gauged>>);

/// Parts of a server that have values of their own.
#[derive(Clone)]
pub struct Gauged {
    /// The cache, for its size in bytes.
    pub cache: Option<Arc<Cache>>,
    /// The content that is held whole, for its size.
    pub budget: Budget,
    /// The sessions, for their number.
    pub sessions: Sessions,
}

impl LookedAt {
    /// Looks at these parts.
    #[must_use]
    pub fn new(parts: Gauged) -> Self {
        Self(Arc::new(Mutex::new(parts)))
    }

    /// Looks at other parts from now on.
    pub fn turn_to(&self, parts: Gauged) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = parts;
    }

    fn parts(&self) -> Gauged {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Renders all recorded metrics.
///
/// # Errors
/// If a value cannot be written as text.
pub async fn metrics(looked_at: web::Data<LookedAt>) -> Result<HttpResponse, ApiError> {
    let Gauged { cache, budget, sessions } = looked_at.parts();
    metrics::cache_takes(cache.as_ref().map_or(0, |cache| cache.store().bytes()));
    metrics::held_are(budget.held());
    if let Some(count) = sessions.store().count(SystemTime::now()) {
        metrics::sessions_are(count);
    }
    let text = metrics::text().map_err(|err| Failure::Internal(err.to_string()))?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, prometheus::TEXT_FORMAT));
    Ok(response.body(text))
}
