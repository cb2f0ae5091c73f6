//! Entity tags of answers that are changed on the way (RFC 9110 §8.8.3).
//!
//! A tag names one representation, and picking fields makes another. Its tag is the upstream's with a suffix of ours, as
//! in `"v1"` and `"v1.s4f2a"`. The suffix changes with the selection: whoever has the old one gets no 304 for it.

use http::{HeaderValue, header};

use http_message::HeaderBlock;

/// The suffix of one way of changing an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suffix(String);

impl Suffix {
    /// The suffix of a selection.
    #[must_use]
    pub fn of_selection(fields: &[String], list: Option<&str>) -> Self {
        // FNV-1a: the same in every process and every version, so that tags outlive a restart.
        let mut hash: u32 = 0x811c_9dc5;
        for part in fields.iter().map(String::as_str).chain(list) {
            // A byte that no text has ends each part.
            for byte in part.bytes().chain([0xff]) {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
        }
        Self(format!(".s{:04x}", (hash >> 16) ^ (hash & 0xffff)))
    }

    /// Names the changed representation in an answer.
    pub fn add_to_answer(&self, headers: &mut HeaderBlock) {
        let Some(tag) = headers.get(header::ETAG) else { return };
        let changed =
            tag.to_str().ok().and_then(|tag| Some(format!("{}{}\"", tag.strip_suffix('"')?, self.0)));
        match changed.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
            Some(tag) => headers.insert(header::ETAG, tag),
            // A tag that is none would name the other representation.
            None => headers.remove(header::ETAG),
        };
    }

    /// Puts a request's conditions in the upstream's terms. A tag of another change is no condition for this one.
    pub fn take_off_request(&self, headers: &mut HeaderBlock) {
        let own = |tag: &str| self.upstreams(tag);
        rewrite(headers, header::IF_NONE_MATCH, own);
        // A change is refused where the tag is not the resource's: one without a suffix may be the upstream's own.
        rewrite(headers, header::IF_MATCH, |tag| Some(own(tag).unwrap_or_else(|| tag.to_owned())));
    }

    /// The upstream's tag of one with this suffix.
    fn upstreams(&self, tag: &str) -> Option<String> {
        Some(format!("{}\"", tag.strip_suffix('"')?.strip_suffix(self.0.as_str())?))
    }
}

/// Maps the tags of a condition; without any left the condition goes.
fn rewrite(headers: &mut HeaderBlock, name: http::HeaderName, map: impl Fn(&str) -> Option<String>) {
    let lines: Vec<&str> = headers.get_all(&name).filter_map(|line| line.to_str().ok()).collect();
    if lines.is_empty() || lines.iter().any(|line| line.trim() == "*") {
        return;
    }
    let mapped: Vec<String> = lines.iter().flat_map(|line| tags(line)).filter_map(map).collect();
    let value = HeaderValue::from_str(&mapped.join(", ")).ok().filter(|value| !value.is_empty());
    match value {
        Some(value) => headers.insert(name, value),
        None => headers.remove(name),
    };
}

/// The tags of a list. A comma may stand within a tag.
fn tags(list: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = list.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let opaque = rest.strip_prefix("W/").unwrap_or(rest);
        let Some(end) = opaque.strip_prefix('"').and_then(|inner| inner.find('"')) else { break };
        let length = rest.len() - opaque.len() + end + 2;
        tags.push(&rest[..length]);
        rest = rest[length..].trim_start_matches([' ', '\t', ',']);
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn suffix() -> Suffix {
        Suffix::of_selection(&fields(&["id"]), None)
    }

    #[test]
    fn every_selection_has_a_suffix_of_its_own_that_lasts() {
        assert_eq!(suffix().0, Suffix::of_selection(&fields(&["id"]), None).0);
        let others = [
            Suffix::of_selection(&fields(&["id", "email"]), None),
            Suffix::of_selection(&fields(&["idemail"]), None),
            Suffix::of_selection(&fields(&["id"]), Some("data")),
            Suffix::of_selection(&fields(&[]), None),
        ];
        for (index, other) in others.iter().enumerate() {
            assert!(*other != suffix() && !others[..index].contains(other), "{other:?}");
        }
        assert!(suffix().0.len() == 6 && suffix().0.starts_with(".s"), "{}", suffix().0);
    }

    #[test]
    fn an_answers_tag_gets_the_suffix_strong_or_weak() {
        let Suffix(own) = suffix();
        for (given, expected) in [
            ("\"v1\"", Some(format!("\"v1{own}\""))),
            ("W/\"v1\"", Some(format!("W/\"v1{own}\""))),
            ("\"\"", Some(format!("\"{own}\""))),
            ("v1", None),
        ] {
            let mut headers = HeaderBlock::new();
            headers.insert(header::ETAG, given.parse().unwrap());
            suffix().add_to_answer(&mut headers);
            assert_eq!(
                headers.get(header::ETAG).map(|tag| tag.to_str().unwrap().to_owned()),
                expected,
                "{given}"
            );
        }
    }

    #[test]
    fn conditions_go_upstream_in_its_own_terms() {
        let Suffix(own) = suffix();
        let sent = |name: http::HeaderName, value: &str| {
            let mut headers = HeaderBlock::new();
            headers.insert(name.clone(), value.parse().unwrap());
            suffix().take_off_request(&mut headers);
            headers.get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        for (given, none_match, matches) in [
            (format!("\"v1{own}\""), Some("\"v1\""), "\"v1\""),
            (format!("W/\"v1{own}\", \"a,b{own}\""), Some("W/\"v1\", \"a,b\""), "W/\"v1\", \"a,b\""),
            ("\"v1\"".to_owned(), None, "\"v1\""),
            ("\"v1.s0000\"".to_owned(), None, "\"v1.s0000\""),
            (format!("\"v0.s0000\", \"v1{own}\""), Some("\"v1\""), "\"v0.s0000\", \"v1\""),
            ("*".to_owned(), Some("*"), "*"),
        ] {
            assert_eq!(sent(header::IF_NONE_MATCH, &given).as_deref(), none_match, "{given}");
            assert_eq!(sent(header::IF_MATCH, &given).as_deref(), Some(matches), "{given}");
        }
    }
}
