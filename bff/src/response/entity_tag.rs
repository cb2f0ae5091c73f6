//! Entity tags of answers that are changed on the way (RFC 9110 §8.8.3).
//!
//! A tag names one representation, and picking fields makes another. Its tag is the upstream's with a suffix of ours, as
//! in `"v1"` and `"v1.s4f2a19c0"`. The suffix changes with the selection: whoever has the old one gets no 304 for it.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, Method, header};

use http_message::{HeaderBlock, entity_tag::tags};

/// The suffix of one way of changing an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suffix(Cow<'static, str>);

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
        Self(format!(".s{hash:08x}").into())
    }

    /// The suffix of a coding, such as `.gz`.
    #[must_use]
    pub const fn of_coding(suffix: &'static str) -> Self {
        Self(Cow::Borrowed(suffix))
    }

    /// Names the changed representation in an answer.
    pub fn add_to_answer(&self, headers: &mut HeaderBlock) {
        let Some(tag) = headers.get(header::ETAG) else { return };
        let changed = tag.to_str().ok().and_then(|tag| self.added_to(tag));
        match changed.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
            Some(tag) => headers.insert(header::ETAG, tag),
            // A tag that is none would name the other representation.
            None => headers.remove(header::ETAG),
        };
    }

    /// Puts a request's conditions in the upstream's terms. A tag of another change is no condition for this one.
    pub fn take_off_request(&self, method: &Method, headers: &mut HeaderBlock) {
        let own = |tag: &str| self.upstreams(tag);
        let as_it_is = |tag: &str| Some(own(tag).unwrap_or_else(|| tag.to_owned()));
        // A change is refused where the tag is not the resource's: one without a suffix may be the upstream's own.
        rewrite(headers, header::IF_MATCH, as_it_is);
        if !method.is_safe() {
            rewrite(headers, header::IF_NONE_MATCH, as_it_is);
            return;
        }
        let is_conditional = headers.contains_key(header::IF_NONE_MATCH);
        rewrite(headers, header::IF_NONE_MATCH, own);
        if is_conditional && !headers.contains_key(header::IF_NONE_MATCH) {
            // A date counts only where there is no tag (RFC 9110 §13.1.3), and there was one.
            headers.remove(header::IF_MODIFIED_SINCE);
        }
    }

    /// An upstream's tag with this suffix; `None` where it is no tag.
    pub(super) fn added_to(&self, tag: &str) -> Option<String> {
        Some(format!("{}{}\"", tag.strip_suffix('"').filter(|rest| rest.contains('"'))?, self.0))
    }

    /// The upstream's tag of one with this suffix.
    pub(super) fn upstreams(&self, tag: &str) -> Option<String> {
        Some(format!("{}\"", tag.strip_suffix('"')?.strip_suffix(&*self.0)?))
    }
}

/// The tags of a condition.
pub(super) fn listed<'a>(headers: &'a HeaderBlock, name: &'a HeaderName) -> Vec<&'a str> {
    let lines = headers.get_all(name).flat_map(|line| tags(line.as_bytes()));
    lines.filter_map(|tag| std::str::from_utf8(tag).ok()).collect()
}

/// Maps the tags of a condition; without any left the condition goes. One that has no tags stays as it is.
pub(super) fn rewrite(headers: &mut HeaderBlock, name: HeaderName, map: impl Fn(&str) -> Option<String>) {
    let given = listed(headers, &name);
    if given.is_empty() || given.contains(&"*") {
        return;
    }
    let mapped: Vec<String> = given.into_iter().filter_map(map).collect();
    match HeaderValue::from_str(&mapped.join(", ")).ok().filter(|value| !value.is_empty()) {
        Some(value) => headers.insert(name, value),
        None => headers.remove(name),
    };
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
        assert!(suffix().0.len() == 10 && suffix().0.starts_with(".s"), "{}", suffix().0);
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
        let sent = |name: HeaderName, value: &str| {
            let mut headers = HeaderBlock::new();
            headers.insert(name.clone(), value.parse().unwrap());
            suffix().take_off_request(&Method::GET, &mut headers);
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

    #[test]
    fn a_condition_of_a_change_is_never_lost() {
        let sent = |method: &Method, name: HeaderName, value: &str| {
            let mut headers = HeaderBlock::new();
            headers.insert(name.clone(), value.parse().unwrap());
            suffix().take_off_request(method, &mut headers);
            headers.get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        for given in ["v1", "w/\"v1\"", "", "\"v1\"", "\"v1.s00000000\""] {
            assert_eq!(sent(&Method::PUT, header::IF_MATCH, given).as_deref(), Some(given));
            assert_eq!(sent(&Method::PUT, header::IF_NONE_MATCH, given).as_deref(), Some(given));
        }
    }

    #[test]
    fn a_date_does_not_stand_in_for_a_tag_of_another_selection() {
        let mut headers = HeaderBlock::new();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"v1.s00000000\""));
        headers.insert(header::IF_MODIFIED_SINCE, HeaderValue::from_static("Sat, 28 Nov 2026 00:00:00 GMT"));
        suffix().take_off_request(&Method::GET, &mut headers);
        assert_eq!(headers.len(), 0);
    }
}
