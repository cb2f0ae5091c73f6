//! Turns one item of a batch into the exchange that the same request alone would be.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, header};
use serde_json::value::RawValue;
use shared::{BatchItem, batch::BATCH_PATH};

use super::not_sent::NotSent;
use crate::failure::Failure;
use http_message::{
    Exchange, HeaderBlock, RequestBody, fields::is_withheld, methods::METHODS, trace_context::TRACESTATE,
};

/// Fields that each item copies from the batch's own request: sender, origin and language. The other fields describe
/// the batch.
const SHARED: [HeaderName; 10] = [
    header::COOKIE,
    header::ORIGIN,
    header::AUTHORIZATION,
    header::ACCEPT_LANGUAGE,
    header::USER_AGENT,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("sec-fetch-mode"),
    HeaderName::from_static("sec-fetch-dest"),
    HeaderName::from_static("x-csrf"),
    TRACESTATE,
];

/// Most fields that an item may set; a request alone has no more.
const OWN_FIELDS_MAX: usize = 96;

/// Whether an item's address is a path below the API's base, and not a batch's.
pub(super) fn is_local(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let is_path = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
    is_path && !path.trim_end_matches('/').eq_ignore_ascii_case(BATCH_PATH)
}

/// The fields that all items share.
pub(super) fn base_fields(batch: &HeaderBlock) -> HeaderBlock {
    let mut fields = HeaderBlock::new();
    for name in SHARED {
        for value in batch.get_all(&name) {
            fields.append(name.clone(), value.clone());
        }
    }
    // Items stay uncompressed: the batch's answer is compressed as a whole, or not at all.
    fields.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    fields.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    fields
}

/// Builds the exchange of an item. Its path is checked later, like that of any request.
pub(super) fn exchange(
    item: BatchItem<Box<RawValue>>,
    headers: HeaderBlock,
) -> Result<Exchange, Box<NotSent>> {
    // An item's content is JSON, which is of no use to the methods that only a route can name.
    let method = METHODS.into_iter().find(|method| method.as_str() == item.method);
    let not_sent = |method: Option<Method>, target: &str, failure| {
        let method = method.unwrap_or_else(|| Method::from_bytes(b"-").unwrap_or_default());
        Box::new(NotSent { method, target: target.to_owned(), failure })
    };
    let Some(method) = method else {
        let failure = Failure::Invalid("The method of this item is none that a batch takes.");
        return Err(not_sent(None, &item.url, failure));
    };
    match content(item.data, &method, &item.url, &item.headers, headers) {
        Ok((headers, body)) => Ok(Exchange { method, target: item.url, headers, body }),
        Err(failure) => Err(not_sent(Some(method), &item.url, failure)),
    }
}

/// The header block and the content of an item.
fn content(
    data: Option<Box<RawValue>>,
    method: &Method,
    url: &str,
    own: &BTreeMap<String, String>,
    mut headers: HeaderBlock,
) -> Result<(HeaderBlock, RequestBody), Failure> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    if !query.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Err(Failure::Invalid("The query of this item holds what must be percent-encoded."));
    }
    let body = match data {
        None => RequestBody::None,
        Some(_) if matches!(*method, Method::GET | Method::HEAD) => {
            return Err(Failure::Invalid("An item that reads has no data."));
        }
        Some(data) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            RequestBody::Whole(Bytes::from(Box::<str>::from(data).into_string()))
        }
    };
    // Their bytes are counted later, with those of the shared fields.
    if own.len() > OWN_FIELDS_MAX {
        return Err(Failure::HeadersTooLarge);
    }
    for (name, value) in own {
        let (name, value) = own_field(name, value)?;
        headers.insert(name, value);
    }
    Ok((headers, body))
}

/// Fields that browsers alone set, besides those that never go upstream, and fields that each item has of the batch.
const NOT_OWN: [HeaderName; 4] =
    [header::ORIGIN, HeaderName::from_static("sec-gpc"), header::ACCEPT_ENCODING, header::RANGE];

/// Parses a field that a script could set on a request alone: none of the browser's own, and none of ours.
fn own_field(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    const REFUSED: Failure = Failure::Invalid("This item sets a header field that it must not set.");
    let name: HeaderName = name.parse().map_err(|_| REFUSED)?;
    let value: HeaderValue = value.parse().map_err(|_| REFUSED)?;
    if is_withheld(&name) || NOT_OWN.contains(&name) {
        return Err(REFUSED);
    }
    Ok((name, value))
}
