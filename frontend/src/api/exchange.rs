//! One request to our own server and the content of its answer, whatever its types.

use std::pin::Pin;

use shared::{API_BASE, Method, session::LOGIN_PATH};
use web_sys::AbortSignal;

use super::{
    error::ApiError,
    fetch::{content, prepare, send},
    json::Json,
    session_end,
};

/// The address of a path and query of the API.
pub(super) fn address(relative: &str) -> String {
    [API_BASE, relative].concat()
}

/// Sends a request to an address of our own server, and returns the content of a successful answer. It depends on no types,
/// so that it is compiled once. It is boxed, so that its callers' futures hold a pointer only.
pub(super) fn exchange<'a>(
    method: Method,
    address: &'a str,
    body: Option<String>,
    signal: Option<&'a AbortSignal>,
) -> Pin<Box<dyn Future<Output = Result<Json, ApiError>> + 'a>> {
    Box::pin(async move {
        let request = prepare(method, address, "application/json", body.as_deref(), signal);
        let outcome = match send(request).await {
            Ok(response) => content(&response).await,
            Err(err) => Err(err),
        };
        // A sign-in that is refused ends nothing.
        if address != LOGIN_PATH {
            session_end::look_at(&outcome);
        }
        outcome
    })
}
