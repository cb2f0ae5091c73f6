//! The one handler: every request passes these checks, in this order, before it is routed.
//!
//! rate limit → `OPTIONS` → body (413, 415, 400) → trailing slash → query → `?delay=` → route
//!
//! The order shows from outside (a malformed body is refused before its route is known to be missing), which
//! is why one function states it, and not the nesting of a stack of middleware.

use std::time::SystemTime;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::error::ApiError;
use crate::path::Path;
use crate::query::Query;
use crate::reply::Reply;
use crate::routes::{self, Call};
use crate::state::State;
use crate::{body, cors, rate_limit};

/// Answers any request.
pub(crate) async fn answer(
    request: HttpRequest,
    payload: web::Payload,
    state: web::Data<State>,
) -> HttpResponse {
    let _in_flight = state.in_flight.enter();
    let allowance = state
        .limiter
        .as_ref()
        .map(|limiter| limiter.charge(&rate_limit::client(&request), SystemTime::now()));
    let mut reply = if allowance.as_ref().is_some_and(|allowance| allowance.exceeded) {
        Reply::error(&ApiError::RateLimited)
    } else {
        let checked = checked(&request, payload, &state).await;
        let mut reply = checked.unwrap_or_else(|err| Reply::error(&err));
        reply.extend(cors::headers(&request));
        reply
    };
    if let Some(allowance) = allowance {
        allowance.announce(&mut reply);
    }
    reply.into_response(&request)
}

async fn checked(request: &HttpRequest, payload: web::Payload, state: &State) -> Result<Reply, ApiError> {
    if request.method() == Method::OPTIONS {
        return Ok(cors::preflight(request));
    }
    let body = body::read(request.headers(), payload).await?;
    if let Some(location) = without_trailing_slash(request) {
        return Ok(Reply::moved(&location));
    }
    let query = Query::parse(request.query_string())?;
    if let Some(delay) = query.delay {
        tokio::time::sleep(delay).await;
    }
    // HEAD is GET without a body, and the body is left out where the answer is written.
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let call =
        Call { method, path: Path::new(request.uri().path()), query, body, head: request.head(), state };
    routes::route(&call).await
}

/// The new location of a path that ends with a slash.
fn without_trailing_slash(request: &HttpRequest) -> Option<String> {
    let path = request.uri().path().strip_suffix('/').filter(|path| !path.is_empty())?;
    // Two slashes at the beginning would make the rest a host name: an open redirect.
    let mut location = format!("/{}", path.trim_start_matches(['/', '\\']));
    if let Some(query) = request.uri().query() {
        location.push('?');
        location.push_str(query);
    }
    Some(location)
}
