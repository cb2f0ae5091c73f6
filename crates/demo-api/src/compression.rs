//! Compression of answers: bodies of 1024 bytes and more, `br` before `gzip`.

use std::io::Write as _;

use actix_web::http::header::{self, HeaderMap};
use bytes::Bytes;

/// Bodies below this many bytes are sent as they are.
const THRESHOLD: usize = 1024;
/// Between 0 and 11. Higher costs more time than a loopback connection can win back.
const BROTLI_QUALITY: i32 = 4;
/// Base-2 logarithm of the brotli window: 256 KiB holds every list of this API.
const BROTLI_WINDOW: i32 = 18;

/// The coding chosen for a client and `body` in it; nothing when the body is to be sent as it is.
pub(crate) fn compress(headers: &HeaderMap, body: &Bytes) -> Option<(&'static str, Bytes)> {
    if body.len() < THRESHOLD {
        return None;
    }
    let coding = negotiate(headers)?;
    let packed = if coding == "br" { brotli(body) } else { gzip(body) };
    Some((coding, packed.ok()?))
}

/// `br` or `gzip`, whichever has the greater weight; `br` when they are equal.
fn negotiate(headers: &HeaderMap) -> Option<&'static str> {
    let fields = headers.get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    let offers: Vec<(&str, f32)> = fields.flat_map(|list| list.split(',')).map(offer).collect();
    let weight = |coding: &str| {
        let named = offers.iter().find(|(name, _)| name.eq_ignore_ascii_case(coding));
        named.or_else(|| offers.iter().find(|(name, _)| *name == "*")).map_or(0.0, |(_, weight)| *weight)
    };
    let (br, gzip) = (weight("br"), weight("gzip"));
    if br > 0.0 && br >= gzip {
        Some("br")
    } else if gzip > 0.0 {
        Some("gzip")
    } else {
        None
    }
}

/// One member of `Accept-Encoding` (RFC 9110, 12.5.3): a coding and its weight, 1 when none is given.
fn offer(member: &str) -> (&str, f32) {
    let mut parts = member.split(';').map(str::trim);
    let coding = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (coding, weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
}

fn brotli(body: &[u8]) -> std::io::Result<Bytes> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        ..Default::default()
    };
    let mut packed = Vec::with_capacity(body.len() / 3);
    brotli::BrotliCompress(&mut &body[..], &mut packed, &params)?;
    Ok(packed.into())
}

fn gzip(body: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder =
        flate2::write::GzEncoder::new(Vec::with_capacity(body.len() / 3), flate2::Compression::default());
    encoder.write_all(body)?;
    Ok(encoder.finish()?.into())
}
