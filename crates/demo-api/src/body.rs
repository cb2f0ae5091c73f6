//! Reading a request's body the way Express does: only JSON is looked at, at most 300 kB of it, whatever the
//! method.

use std::io::Read;

use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{BytesMut, Payload};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

use crate::error::ApiError;

/// The largest body in bytes, before and after decompression.
const BODY_MAX: usize = 300 * 1024;
/// How much of a refused or ignored body is read all the same, so that a client that is still sending sees
/// the answer and not a reset connection.
const DRAIN_MAX: usize = 16 * 1024 * 1024;

/// The fields of a JSON body; none when there is no body, when it is not JSON, or when it is an array.
///
/// # Errors
/// 413, 415 and 400, judged in this order.
pub(crate) async fn read(headers: &HeaderMap, mut payload: Payload) -> Result<Map<String, Value>, ApiError> {
    let checked = if is_json(headers) { check(headers).map(Some) } else { Ok(None) };
    let coding = match checked {
        Ok(Some(coding)) => coding,
        refused_or_ignored => {
            drain(&mut payload, 0).await;
            return refused_or_ignored.map(|_| Map::new());
        }
    };
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|err| ApiError::MalformedBody(err.to_string()))?;
        if body.len() + chunk.len() > BODY_MAX {
            drain(&mut payload, body.len() + chunk.len()).await;
            return Err(ApiError::BodyTooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    match coding {
        Coding::Identity => parse(&body),
        Coding::Gzip => parse(&inflate(flate2::read::MultiGzDecoder::new(&body[..]))?),
        Coding::Deflate => parse(&inflate(flate2::read::ZlibDecoder::new(&body[..]))?),
        Coding::Brotli => parse(&inflate(brotli::Decompressor::new(&body[..], 4096))?),
    }
}

#[derive(Clone, Copy)]
enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = field(headers, header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The checks of a body before it is read.
fn check(headers: &HeaderMap) -> Result<Coding, ApiError> {
    let mut parameters =
        field(headers, header::CONTENT_TYPE).split(';').skip(1).filter_map(|p| p.split_once('='));
    let charset = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    if let Some((_, charset)) = charset {
        let charset = charset.trim().trim_matches('"');
        if !charset.eq_ignore_ascii_case("utf-8") {
            return Err(ApiError::UnsupportedCharset(charset.to_uppercase()));
        }
    }
    let coding = match field(headers, header::CONTENT_ENCODING).to_ascii_lowercase().as_str() {
        "" | "identity" => Coding::Identity,
        "gzip" => Coding::Gzip,
        "deflate" => Coding::Deflate,
        "br" => Coding::Brotli,
        other => return Err(ApiError::UnsupportedEncoding(other.to_owned())),
    };
    let length: Option<u64> = field(headers, header::CONTENT_LENGTH).parse().ok();
    if length.is_some_and(|length| length > BODY_MAX as u64) {
        return Err(ApiError::BodyTooLarge);
    }
    Ok(coding)
}

fn field(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim()
}

async fn drain(payload: &mut Payload, mut seen: usize) {
    while seen < DRAIN_MAX
        && let Some(Ok(chunk)) = payload.next().await
    {
        seen += chunk.len();
    }
}

fn inflate(decoder: impl Read) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::new();
    // One byte more than is allowed tells a body that is too large from one that fits exactly.
    let read = decoder.take(BODY_MAX as u64 + 1).read_to_end(&mut body);
    read.map_err(|err| ApiError::MalformedBody(err.to_string()))?;
    if body.len() > BODY_MAX { Err(ApiError::BodyTooLarge) } else { Ok(body) }
}

fn parse(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        // An array has no field that a route reads.
        Ok(Value::Array(_)) => Ok(Map::new()),
        Ok(_) => Err(ApiError::MalformedBody("expected an object or an array at line 1 column 1".to_owned())),
        Err(err) => Err(ApiError::MalformedBody(err.to_string())),
    }
}
