//! Selects the stored answer that fits a request, by the fields that `Vary` names (RFC 9111 §4.1).
//!
//! Two values fit if they mean the same. Lines are joined, and space around commas does not count. In accepted
//! languages and codings neither order nor case counts. A value that is no text fits nothing.

use std::str::{self, Utf8Error};

use http::{
    HeaderName, HeaderValue,
    header::{self, InvalidHeaderName},
};

use http_message::{
    HeaderBlock,
    fields::{is_added, is_withheld},
    weights,
};

/// The fields that an answer depends on, with the values that its request had.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Selecting {
    fields: Vec<SelectingField>,
    /// The one language of the answer, in lower case.
    language: Option<String>,
}

/// A field that an answer depends on.
#[derive(Debug, Clone)]
struct SelectingField {
    name: HeaderName,
    /// The value in the form that is compared; `None` where the request had none.
    value: Option<String>,
    /// The one line that `value` was made of, where it was one. Most requests have the very same.
    line: Option<HeaderValue>,
}

/// Two fields are the same where they mean the same.
impl PartialEq for SelectingField {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl Eq for SelectingField {}

impl SelectingField {
    fn of(request: &HeaderBlock, name: HeaderName) -> Result<Self, Utf8Error> {
        let value = normalised(request, &name)?;
        // A copy: the request's own is a part of the buffer that the whole request was read into.
        let line = only_line(request, &name).and_then(|line| HeaderValue::from_bytes(line.as_bytes()).ok());
        Ok(Self { name, value, line })
    }

    fn fits(&self, request: &HeaderBlock) -> bool {
        let is_same_line = self.line.is_some() && only_line(request, &self.name) == self.line.as_ref();
        is_same_line || normalised(request, &self.name).is_ok_and(|request| request == self.value)
    }
}

/// The line of a field that stands once.
fn only_line<'a>(request: &'a HeaderBlock, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut lines = request.get_all(name);
    lines.next().filter(|_| lines.next().is_none())
}

/// The fields in the form in which they are serialized: names as text.
#[derive(serde::Serialize, serde::Deserialize)]
struct Written(Vec<(String, Option<String>)>, Option<String>);

impl From<Selecting> for Written {
    fn from(selecting: Selecting) -> Self {
        let fields = selecting.fields.into_iter().map(|field| (field.name.to_string(), field.value));
        Self(fields.collect(), selecting.language)
    }
}

impl TryFrom<Written> for Selecting {
    type Error = InvalidHeaderName;

    fn try_from(Written(fields, language): Written) -> Result<Self, Self::Error> {
        let fields = fields.into_iter().map(|(name, value)| {
            // A line in the form that is compared is in that form already.
            let line = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok());
            Ok(SelectingField { name: name.parse()?, value, line })
        });
        Ok(Self { fields: fields.collect::<Result<_, Self::Error>>()?, language })
    }
}

impl Selecting {
    /// The fields that an answer depends on; `None` where no other request can be like this one.
    ///
    /// `request` is the browser's. An answer cannot depend on a field that the upstream never sees. A field that the
    /// BFF writes for each request anew makes every answer the only one of its kind.
    #[must_use]
    pub fn of(answer: &HeaderBlock, request: &HeaderBlock) -> Option<Self> {
        let mut selecting: Vec<SelectingField> = Vec::new();
        let mut add = |name: HeaderName| {
            if !is_withheld(&name) && !selecting.iter().any(|known| known.name == name) {
                selecting.push(SelectingField::of(request, name)?);
            }
            Ok::<_, Utf8Error>(())
        };
        for line in answer.get_all(header::VARY) {
            let names = line.to_str().ok()?.split(',').map(str::trim).filter(|name| !name.is_empty());
            for name in names {
                let name: HeaderName = name.parse().ok().filter(|_| name != "*")?;
                if is_added(&name) {
                    return None;
                }
                add(name).ok()?;
            }
        }
        // Upstreams that compress forget to name the field that they did it by.
        if answer.contains_key(header::CONTENT_ENCODING) {
            add(header::ACCEPT_ENCODING).ok()?;
        }
        let language = answer.get(header::CONTENT_LANGUAGE).and_then(|language| language.to_str().ok());
        let language = language.filter(|list| !list.contains(',')).map(|one| one.trim().to_ascii_lowercase());
        Some(Self { fields: selecting, language })
    }

    /// Whether an answer fits a request with these fields.
    #[must_use]
    pub fn fits(&self, request: &HeaderBlock) -> bool {
        self.fields.iter().all(|field| {
            field.fits(request)
                || (field.name == header::ACCEPT_LANGUAGE
                    && self.language.is_some()
                    && preferred_language(request) == self.language)
        })
    }

    /// Bytes that the fields take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.fields
            .iter()
            .map(|SelectingField { name, value, line }| {
                let line = line.as_ref().map_or(0, HeaderValue::len);
                name.as_str().len() + value.as_ref().map_or(0, String::len) + line
            })
            .sum()
    }
}

/// The language that a client wants before all others (RFC 9110 §12.5.4), in lower case; `None` where there are
/// several.
fn preferred_language(request: &HeaderBlock) -> Option<String> {
    let field = normalised(request, &header::ACCEPT_LANGUAGE).ok()??;
    let mut weighed: Vec<_> = weights::of_line(&field).collect();
    weighed.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    match weighed.as_slice() {
        [(language, weight), rest @ ..] if rest.first().is_none_or(|(_, next)| next < weight) => {
            Some((*language).to_owned())
        }
        _ => None,
    }
}

/// A field in the form that is compared; `None` where the request has none.
fn normalised(request: &HeaderBlock, name: &HeaderName) -> Result<Option<String>, Utf8Error> {
    let Some(joined) = joined(request, name)? else { return Ok(None) };
    if joined.contains('"') || !matches!(*name, header::ACCEPT_LANGUAGE | header::ACCEPT_ENCODING) {
        return Ok(Some(joined));
    }
    let mut members: Vec<&str> = joined.split(',').collect();
    members.sort_unstable_by_key(|member| member.to_ascii_lowercase());
    Ok(Some(members.join(",").to_ascii_lowercase()))
}

/// The lines of a field as one, without space around commas; `None` where the request has none.
pub(super) fn joined(request: &HeaderBlock, name: &HeaderName) -> Result<Option<String>, Utf8Error> {
    if !request.contains_key(name) {
        return Ok(None);
    }
    let lines = request.get_all(name).map(|line| str::from_utf8(line.as_bytes()));
    let joined = lines.collect::<Result<Vec<_>, _>>()?.join(",");
    // Within quotes every byte counts.
    if joined.contains('"') {
        return Ok(Some(joined));
    }
    // The upstream sees every blank but these.
    let members: Vec<&str> = joined.split(',').map(|member| member.trim_matches([' ', '\t'])).collect();
    Ok(Some(members.join(",")))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderBlock {
        let mut headers = HeaderBlock::new();
        for (name, value) in fields {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    fn fits(vary: &str, stored: &[(&'static str, &str)], request: &[(&'static str, &str)]) -> bool {
        let selecting = Selecting::of(&headers(&[("vary", vary)]), &headers(stored));
        selecting.is_some_and(|selecting| selecting.fits(&headers(request)))
    }

    #[test]
    fn an_answer_fits_where_all_fields_that_it_depends_on_are_the_same() {
        let one = [("foo", "1"), ("other", "2")];
        assert!(fits("Foo", &one, &[("foo", "1"), ("other", "3")]));
        assert!(fits("Foo, Bar", &one, &[("foo", "1")]));
        assert!(!fits("Foo", &one, &[("foo", "2")]));
        assert!(!fits("Foo", &one, &[]));
        assert!(!fits("Foo", &[], &one));
        for star in ["*", "*, *", ", *", "Foo, *"] {
            assert!(!fits(star, &one, &one), "{star}");
        }
    }

    #[test]
    fn values_that_mean_the_same_are_the_same() {
        assert!(fits("Foo", &[("foo", "1, 2")], &[("foo", "1"), ("foo", "2")]));
        assert!(fits("Foo", &[("foo", "1,2")], &[("foo", " 1 ,  2 ")]));
        assert!(fits("Accept-Language", &[("accept-language", "en, de")], &[("accept-language", "De,eN")]));
        assert!(!fits("Foo", &[("foo", "1,2")], &[("foo", "2,1")]));
        assert!(!fits("Foo", &[("foo", "\"1, 2\"")], &[("foo", "\"1,2\"")]));
    }

    #[test]
    fn security_26_what_looks_alike_is_not_the_same() {
        let of_bytes = |bytes: &[u8]| {
            HeaderBlock::from_iter([(
                HeaderName::from_static("foo"),
                HeaderValue::from_bytes(bytes).unwrap(),
            )])
        };
        let vary = headers(&[("vary", "Foo")]);
        let plain = Selecting::of(&vary, &of_bytes(b"acme")).unwrap();
        for other in ["acme\u{3000}", "\u{a0}acme", "ACME", "acm\u{e9}"] {
            assert!(!plain.fits(&of_bytes(other.as_bytes())), "{other:?}");
            let selecting = Selecting::of(&vary, &of_bytes(other.as_bytes())).unwrap();
            assert!(!selecting.fits(&of_bytes(b"acme")), "{other:?}");
        }
        // Two that are no text would both be shown with the same mark.
        assert!(Selecting::of(&vary, &of_bytes(b"K\xf6ln")).is_none() && !plain.fits(&of_bytes(b"K\xfcln")));
    }

    #[test]
    fn an_answer_in_the_language_that_somebody_wants_first_fits() {
        let answer = headers(&[("vary", "Accept-Language"), ("content-language", "de")]);
        let selecting = Selecting::of(&answer, &headers(&[("accept-language", "en, de")])).unwrap();
        for (request, fits) in [
            ("fr;q=0.5, de;q=1.0", true),
            ("DE", true),
            ("de, fr", false),
            ("fr, de;q=0.5", false),
            ("de;q=x", false),
        ] {
            assert_eq!(selecting.fits(&headers(&[("accept-language", request)])), fits, "{request}");
        }
    }

    #[test]
    fn stripped_fields_select_nothing_and_added_fields_select_everything() {
        assert!(fits("Cookie, Origin", &[("cookie", "a=1")], &[("cookie", "a=2")]));
        assert!(!fits("X-Forwarded-For", &[], &[]));
    }

    #[test]
    fn a_compressed_answer_depends_on_what_was_accepted_said_or_not() {
        let answer = headers(&[("content-encoding", "br")]);
        let selecting = Selecting::of(&answer, &headers(&[("accept-encoding", "gzip, br")])).unwrap();
        assert!(selecting.fits(&headers(&[("accept-encoding", "br,gzip")])));
        assert!(!selecting.fits(&headers(&[])));
    }
}
