//! One request to our own server and the content of its answer, whatever its types.

use std::pin::Pin;

use shared::{API_BASE, Method, session::LOGIN_PATH};
use web_sys::AbortSignal;

use super::{
    error::ApiError,
    fetch::{Field, JSON, content, prepare, send, within_time_limit},
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
) -> Exchanging<'a, Json> {
    Box::pin(async move {
        exchange_version(method, address, body, None, signal).await.map(|(content, _)| content)
    })
}

/// What an exchange brings.
type Exchanging<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + 'a>>;

/// [`exchange`] about one version of a resource: a change is made to the one that `if_match` names, and the tag of the one in
/// the answer is returned. A weak tag is none: no change can name it (RFC 9110 §13.1.1).
pub(super) fn exchange_version<'a>(
    method: Method,
    address: &'a str,
    body: Option<String>,
    if_match: Option<&'a str>,
    signal: Option<&'a AbortSignal>,
) -> Exchanging<'a, (Json, Option<String>)> {
    Box::pin(async move {
        let condition = if_match.map(|tag| ("if-match", tag));
        let fields = [Some(JSON), condition];
        let fields: Vec<Field<'_>> = fields.into_iter().flatten().collect();
        let request = prepare(method, address, &fields, body.as_deref(), &within_time_limit(signal));
        let mut tag = None;
        let outcome = match send(request).await {
            Ok(response) => {
                tag = response.headers().get("etag").ok().flatten().filter(|tag| tag.starts_with('"'));
                content(&response).await
            }
            Err(err) => Err(err),
        };
        // A sign-in that is refused ends nothing.
        if address != LOGIN_PATH {
            session_end::look_at(&outcome);
        }
        outcome.map(|content| (content, tag))
    })
}
