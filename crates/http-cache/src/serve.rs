//! Answers made of a stored one: whole, a part of it (RFC 9110 §14), its head alone, or a 304 (RFC 9110 §13).

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};

use super::{
    date::date,
    entry::Entry,
    request::CacheRequest,
    status::{CACHE_STATUS, CacheStatus},
};
use http_message::{HeaderBlock, Reply, ReplyBody, csp, entity_tag::tags};

/// Fields that describe content, which a 304 does not have (RFC 9110 §15.4.5).
const OF_CONTENT: [HeaderName; 5] = [
    header::ACCEPT_RANGES,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
];

/// Answers a request with an entry. `body` is the content where the entry itself has none yet.
#[must_use]
pub fn serve(
    entry: &Entry,
    body: Option<ReplyBody>,
    request: &CacheRequest<'_>,
    status: &CacheStatus,
    now: SystemTime,
) -> Reply {
    let mut headers = entry.headers.clone();
    headers.insert(header::AGE, HeaderValue::from(entry.freshness.age(now).as_secs()));
    headers.insert(CACHE_STATUS, status.field());
    let ok = entry.status == StatusCode::OK;
    if has_already(entry, request, now) {
        for name in &OF_CONTENT {
            headers.remove(name);
        }
        csp::enforce(&mut headers, StatusCode::NOT_MODIFIED, &entry.control);
        return reply(StatusCode::NOT_MODIFIED, headers, ReplyBody::Empty);
    }
    if let Some(body) = body {
        return reply(entry.status, headers, body);
    }
    if entry.status == StatusCode::NO_CONTENT {
        return reply(entry.status, headers, ReplyBody::Empty);
    }
    if request.method == Method::HEAD {
        return reply(entry.status, headers, ReplyBody::HeadOnly(Some(entry.body.len() as u64)));
    }
    if ok && request.headers.contains_key(header::RANGE) && range_applies(entry, request.headers) {
        match range(request.headers.get(header::RANGE), entry.body.len()) {
            Range::Whole => {}
            Range::Part(first, last) => {
                let said = format!("bytes {first}-{last}/{}", entry.body.len());
                insert(&mut headers, header::CONTENT_RANGE, &said);
                csp::enforce(&mut headers, StatusCode::PARTIAL_CONTENT, &entry.control);
                let part = entry.body.slice(first..=last);
                return reply(StatusCode::PARTIAL_CONTENT, headers, ReplyBody::Full(part));
            }
            Range::Unsatisfiable => {
                insert(&mut headers, header::CONTENT_RANGE, &format!("bytes */{}", entry.body.len()));
                return reply(StatusCode::RANGE_NOT_SATISFIABLE, headers, ReplyBody::Full(Bytes::new()));
            }
        }
    }
    reply(entry.status, headers, ReplyBody::Stored(entry.body.clone(), entry.forms.clone()))
}

/// Whether the answer to a request is that its client has the entry already: a 304 without content.
#[must_use]
pub fn has_already(entry: &Entry, request: &CacheRequest<'_>, now: SystemTime) -> bool {
    entry.status == StatusCode::OK && is_unchanged(entry, request.headers, now)
}

fn reply(status: StatusCode, headers: HeaderBlock, body: ReplyBody) -> Reply {
    Reply { status, headers, body }
}

fn insert(headers: &mut HeaderBlock, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether the client has the entry already (RFC 9111 §4.3.2). `If-None-Match` goes before `If-Modified-Since`.
fn is_unchanged(entry: &Entry, request: &HeaderBlock, now: SystemTime) -> bool {
    if request.contains_key(header::IF_NONE_MATCH) {
        let Some(stored) = entry.headers.get(header::ETAG).map(HeaderValue::as_bytes) else { return false };
        let lines = request.get_all(header::IF_NONE_MATCH);
        return lines
            .flat_map(|line| tags(line.as_bytes()))
            .any(|tag| tag == b"*" || weak(tag) == weak(stored));
    }
    let date = |value: &HeaderValue| date(value, now);
    let Some(since) = request.get(header::IF_MODIFIED_SINCE).and_then(date) else { return false };
    let modified = entry.headers.get(header::LAST_MODIFIED).or_else(|| entry.headers.get(header::DATE));
    modified.and_then(date).is_some_and(|modified| modified <= since)
}

/// A tag without its mark of weakness: here two that differ in it only are the same (RFC 9110 §8.8.3.2).
fn weak(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// Whether the client's part belongs to this content (RFC 9110 §13.1.5): by a strong tag, or the very date.
fn range_applies(entry: &Entry, request: &HeaderBlock) -> bool {
    let Some(condition) = request.get(header::IF_RANGE) else { return true };
    let strong = condition.as_bytes().starts_with(b"\"");
    let validator = if strong { header::ETAG } else { header::LAST_MODIFIED };
    entry.headers.get(validator).is_some_and(|stored| stored == condition)
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    /// Several parts, another unit, or no range at all: the whole will do.
    Whole,
    /// From the first to the last byte.
    Part(usize, usize),
    Unsatisfiable,
}

/// Reads a `Range` (RFC 9110 §14.1.2).
fn range(field: Option<&HeaderValue>, length: usize) -> Range {
    let spec = field.and_then(|field| field.to_str().ok()?.strip_prefix("bytes="));
    let Some((first, last)) = spec.and_then(|spec| spec.trim().split_once('-')) else { return Range::Whole };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<usize>().unwrap_or(usize::MAX))
    };
    let end = length.checked_sub(1);
    let (first, last) = match (number(first), number(last)) {
        (None, Some(suffix)) if first.is_empty() => {
            if suffix == 0 {
                return Range::Unsatisfiable;
            }
            (length.saturating_sub(suffix), usize::MAX)
        }
        (Some(first), None) if last.is_empty() => (first, usize::MAX),
        (Some(first), Some(last)) if first <= last => (first, last),
        _ => return Range::Whole,
    };
    match end {
        Some(end) if first <= end => Range::Part(first, last.min(end)),
        _ => Range::Unsatisfiable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_cut_out_and_anything_else_is_the_whole() {
        for (field, expected) in [
            ("bytes=0-1", Range::Part(0, 1)),
            ("bytes=1-", Range::Part(1, 9)),
            ("bytes=-1", Range::Part(9, 9)),
            ("bytes=-99", Range::Part(0, 9)),
            ("bytes=8-99", Range::Part(8, 9)),
            ("bytes=10-", Range::Unsatisfiable),
            ("bytes=-0", Range::Unsatisfiable),
            ("bytes=3-1", Range::Whole),
            ("bytes=0-1,3-4", Range::Whole),
            ("bytes=a-b", Range::Whole),
            ("items=0-1", Range::Whole),
        ] {
            assert_eq!(range(Some(&field.parse().unwrap()), 10), expected, "{field}");
        }
        assert_eq!(range(Some(&HeaderValue::from_static("bytes=0-")), 0), Range::Unsatisfiable);
    }

    #[test]
    fn entity_tags_are_told_apart_at_commas_outside_quotes() {
        let found: Vec<_> = tags(b"\"a,b\", W/\"c\" ,*").collect();
        assert_eq!(found, [&b"\"a,b\""[..], b"W/\"c\"", b"*"]);
    }
}
