//! Requests that the BFF makes on its own behalf, to sign somebody in or to renew a token: a small body in, a small
//! answer out, whole.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::{Client, UpstreamError, UpstreamRequest, deadline::Deadline};
use crate::{exchange::RequestBody, response::ReplyBody};

/// The largest answer that is read, in bytes: many times what tokens, keys and profiles take.
const ANSWER_MAX: usize = 1024 * 1024;

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// As answered.
    pub status: StatusCode,
    /// As answered.
    pub headers: HeaderMap,
    /// All of it.
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
    mut headers: HeaderMap,
    body: Option<Bytes>,
    deadline: Deadline,
) -> Result<Answer, UpstreamError> {
    // What cannot be read here had better not come compressed.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let body = body.map_or(RequestBody::None, RequestBody::Whole);
    let request = UpstreamRequest { method, target: target.to_owned(), headers, body, deadline };
    let answer = client.send(request).await?;
    let body = collect(answer.body, ANSWER_MAX).await?;
    Ok(Answer { status: answer.status, headers: answer.headers, body })
}

/// The content of an answer, whole.
///
/// # Errors
/// [`UpstreamError::TooLarge`] past `max` bytes.
pub async fn collect(body: ReplyBody, max: usize) -> Result<Bytes, UpstreamError> {
    let mut pieces = match body {
        ReplyBody::Empty | ReplyBody::HeadOnly(_) => return Ok(Bytes::new()),
        ReplyBody::Full(content) if content.len() <= max => return Ok(content),
        ReplyBody::Sized(length, pieces) if length <= max as u64 => pieces,
        ReplyBody::Stream(pieces) => pieces,
        ReplyBody::Full(_) | ReplyBody::Sized(..) => return Err(UpstreamError::TooLarge),
    };
    let mut content = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        content.extend_from_slice(&piece?);
        if content.len() > max {
            return Err(UpstreamError::TooLarge);
        }
    }
    Ok(content.freeze())
}

/// The fields of a request that sends JSON and wants it.
#[must_use]
pub fn json_fields() -> HeaderMap {
    fields(&[(header::ACCEPT, "application/json"), (header::CONTENT_TYPE, "application/json")])
}

/// A header block from names and values as bytes; what is none is left out. Libraries that make requests for us speak a
/// later version of the `http` crate.
pub fn fields_from<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> HeaderMap {
    let field = |(name, value): (&str, &[u8])| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value).ok()?))
    };
    fields.filter_map(field).collect()
}

/// A header block of constants.
#[must_use]
pub fn fields(fields: &[(HeaderName, &'static str)]) -> HeaderMap {
    fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}
