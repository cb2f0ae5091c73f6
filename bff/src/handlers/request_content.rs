//! The content of requests at the session's addresses: short, and read whole.

use std::time::Duration;

use actix_web::{HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::request_parts::fields;
use crate::failure::Failure;
use http_message::{BodyError, HeaderBlock, media_type::essence};

/// The largest body that the session's addresses take, in bytes: names, passwords and logout tokens are short.
pub const FORM_MAX: usize = 16 * 1024;

/// Time limit for the body to arrive: a client that sends it byte by byte holds a connection.
const FORM_TIME: Duration = Duration::from_secs(5);

/// Reads the whole content of a request, up to `max` bytes.
///
/// # Errors
/// [`Failure::Body`].
pub async fn content(mut payload: web::Payload, max: usize) -> Result<Bytes, Failure> {
    let read = async {
        let mut content = BytesMut::new();
        while let Some(piece) = payload.next().await {
            content.extend_from_slice(&piece.map_err(|_| BodyError::Incomplete)?);
            if content.len() > max {
                return Err(BodyError::TooLarge);
            }
        }
        Ok(content.freeze())
    };
    Ok(timeout(FORM_TIME, read).await.map_err(|_| BodyError::Stalled)??)
}

/// Whether a request declares content of this media type, whatever its parameters.
#[must_use]
pub fn is_of_type(headers: &HeaderBlock, wanted: &str) -> bool {
    let given = headers.get(http::header::CONTENT_TYPE);
    given.is_some_and(|given| essence(given.as_bytes()).eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Parses the JSON of a request. Only `application/json` counts: a browser asks before it sends that type to another
/// site.
///
/// # Errors
/// [`Failure::Invalid`], [`Failure::Body`].
pub async fn json<T: DeserializeOwned>(request: &HttpRequest, payload: web::Payload) -> Result<T, Failure> {
    if !is_of_type(&fields(request), "application/json") {
        return Err(Failure::Invalid("The content must be application/json."));
    }
    serde_json::from_slice(&content(payload, FORM_MAX).await?)
        .map_err(|_| Failure::Invalid("The content is not what is expected here."))
}
