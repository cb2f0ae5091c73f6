//! Requests of the BFF's own, to sign a person in or to renew a token. A small body goes in, a small answer comes out
//! whole.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use super::{Client, UpstreamError, UpstreamRequest, deadline::Deadline};
use http_message::{HeaderBlock, RequestBody};

/// The largest answer that is read, in bytes: many times what tokens, keys and profiles take.
const ANSWER_MAX: usize = 1024 * 1024;

/// A whole answer.
#[derive(Debug)]
pub struct CallResponse {
    /// The status, as answered.
    pub status: StatusCode,
    /// The fields, as answered.
    pub headers: HeaderBlock,
    /// The whole content.
    pub body: Bytes,
}

/// Sends a request and reads the whole answer.
///
/// # Errors
/// [`UpstreamError`]; an answer over 1 MiB is one as well.
pub async fn call(
    client: &Client,
    method: Method,
    target: &str,
    mut headers: HeaderBlock,
    body: Option<Bytes>,
    deadline: Deadline,
) -> Result<CallResponse, UpstreamError> {
    // A compressed answer could not be read here.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let body = body.map_or(RequestBody::None, RequestBody::Whole);
    let request = UpstreamRequest { method, target: target.to_owned(), headers, body, deadline, share: None };
    let answer = client.send(request).await?.with_content().await?;
    let body = answer.body.collect(ANSWER_MAX).await?;
    Ok(CallResponse { status: answer.status, headers: answer.headers, body })
}

/// The fields of a request that sends JSON and wants it.
#[must_use]
pub fn json_fields() -> HeaderBlock {
    fields(&[(header::ACCEPT, "application/json"), (header::CONTENT_TYPE, "application/json")])
}

/// A header block from names and values as bytes; invalid fields are left out. Libraries that make requests for us
/// speak a later version of the `http` crate.
pub fn fields_from<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> HeaderBlock {
    let field = |(name, value): (&str, &[u8])| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value).ok()?))
    };
    fields.filter_map(field).collect()
}

/// A header block of constants.
#[must_use]
pub fn fields(fields: &[(HeaderName, &'static str)]) -> HeaderBlock {
    fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}
