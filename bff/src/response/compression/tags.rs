//! Entity tags of compressed answers (RFC 9110 §8.8.3): the upstream's with the coding at the end, as in `"v1.zst"`.
//!
//! A weak tag stays: it says that the content means the same, and that is so. The end is taken off conditions. Many servers
//! compare the whole field with their tag, so that nothing else may stand there.

use http::{HeaderValue, Method, header};

use http_message::HeaderBlock;

use super::coding::Coding;
use crate::response::entity_tag::{listed, rewrite};

/// Names the compressed representation in an answer.
pub(super) fn add_to_answer(headers: &mut HeaderBlock, coding: Coding) {
    if headers.get(header::ETAG).is_some_and(|tag| !tag.as_bytes().starts_with(b"W/")) {
        coding.suffix().add_to_answer(headers);
    }
}

/// Puts a request's conditions in the upstream's terms. A read asks by the tags of `coding` alone, since only that answer
/// could be the one that it has. Returns the tags that a read has asked by.
pub(super) fn take_off_request(
    method: &Method,
    headers: &mut HeaderBlock,
    coding: Option<Coding>,
) -> Vec<String> {
    if !headers.names().any(|name| matches!(*name, header::IF_MATCH | header::IF_NONE_MATCH)) {
        return Vec::new();
    }
    let of_any = |tag: &str| Coding::ALL.into_iter().find_map(|coding| coding.suffix().upstreams(tag));
    let of_any = |tag: &str| Some(of_any(tag).unwrap_or_else(|| tag.to_owned()));
    rewrite(headers, header::IF_MATCH, of_any);
    if !method.is_safe() {
        rewrite(headers, header::IF_NONE_MATCH, of_any);
        return Vec::new();
    }
    let Some(coding) = coding else { return Vec::new() };
    let known = listed(headers, &header::IF_NONE_MATCH).into_iter().map(str::to_owned).collect();
    rewrite(headers, header::IF_NONE_MATCH, |tag| {
        Some(coding.suffix().upstreams(tag).unwrap_or_else(|| tag.to_owned()))
    });
    known
}

/// Puts the end back on the tag of a 304, where the client has asked by that tag.
pub(super) fn restore(headers: &mut HeaderBlock, coding: Coding, known: &[String]) {
    let Some(tag) = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()) else { return };
    let named = coding.suffix().added_to(tag).filter(|named| known.contains(named));
    if known.iter().any(|known| known == tag) {
        return;
    }
    if let Some(named) = named.and_then(|named| HeaderValue::from_str(&named).ok()) {
        headers.insert(header::ETAG, named);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &http::HeaderName, value: &str) -> HeaderBlock {
        let mut headers = HeaderBlock::new();
        headers.insert(name.clone(), value.parse().unwrap());
        headers
    }

    fn all(headers: &HeaderBlock, name: &http::HeaderName) -> Vec<String> {
        headers.get_all(name).map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_strong_tag_gets_the_coding_at_its_end_and_a_weak_one_stays() {
        for (given, expected) in [
            ("\"v1\"", Some("\"v1.br\"")),
            ("\"v1.s0123abcd\"", Some("\"v1.s0123abcd.br\"")),
            ("\"\"", Some("\".br\"")),
            ("W/\"v1\"", Some("W/\"v1\"")),
            ("v1", None),
            ("\"", None),
        ] {
            let mut headers = with(&header::ETAG, given);
            add_to_answer(&mut headers, Coding::Brotli);
            assert_eq!(headers.get(header::ETAG).map(|tag| tag.to_str().unwrap()), expected, "{given}");
        }
    }

    #[test]
    fn conditions_name_the_upstreams_tags_alone() {
        for (method, name, given, sent) in [
            (Method::PUT, header::IF_MATCH, "\"v1.br\"", "\"v1\""),
            (Method::PUT, header::IF_MATCH, "\"v1.br\", \"a.gz\"", "\"v1\", \"a\""),
            (Method::PUT, header::IF_MATCH, "\"v1\"", "\"v1\""),
            (Method::PUT, header::IF_MATCH, "*", "*"),
            (Method::PUT, header::IF_NONE_MATCH, "\"v1.zst\"", "\"v1\""),
            (Method::GET, header::IF_NONE_MATCH, "\"v1.br\", \"v0\"", "\"v1\", \"v0\""),
            (Method::GET, header::IF_NONE_MATCH, "\"v1.gz\"", "\"v1.gz\""),
        ] {
            let mut headers = with(&name, given);
            take_off_request(&method, &mut headers, Some(Coding::Brotli));
            assert_eq!(all(&headers, &name), [sent], "{method} {given}");
        }
    }

    #[test]
    fn a_304_has_the_tag_that_was_asked_by() {
        for (tag, known, expected) in [
            ("\"v1\"", "\"v1.br\"", "\"v1.br\""),
            ("\"v1\"", "\"v1\"", "\"v1\""),
            ("\"v1.br\"", "\"v1.br\"", "\"v1.br\""),
            ("\"v1\"", "\"v0.br\"", "\"v1\""),
        ] {
            let mut headers = with(&header::ETAG, tag);
            restore(&mut headers, Coding::Brotli, &[known.to_owned()]);
            assert_eq!(all(&headers, &header::ETAG), [expected], "{tag} {known}");
        }
    }
}
