//! The tags of a page: enough of HTML's tokens to find scripts, styles and the head.

use std::ops::Range;

/// Elements whose content is text up to their end tag (HTML §13.1.2), tags in it included.
const RAW_TEXT: [&str; 7] = ["script", "style", "title", "textarea", "iframe", "noembed", "noframes"];

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// The element's name, in lower case.
    pub(super) name: String,
    /// The place of the tag, from `<` to behind `>`.
    pub(super) place: Range<usize>,
    /// The place of the content, for elements whose content is text.
    pub(super) content: Range<usize>,
}

impl Tag {
    /// The place behind the tag's name, where an attribute may be put.
    pub(super) fn behind_name(&self) -> usize {
        self.place.start + 1 + self.name.len()
    }

    /// The value of an attribute; empty where it has none.
    pub(super) fn attribute<'a>(&self, html: &'a str, wanted: &str) -> Option<&'a str> {
        let mut attributes = self.attributes(html).into_iter();
        attributes.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }

    /// The attributes with their values, which are parts of `html`.
    pub(super) fn attributes<'a>(&self, html: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut found = Vec::new();
        let end = self.place.end.saturating_sub(1);
        let mut rest = html.get(self.behind_name()..end).unwrap_or_default();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return found;
            }
            let (name, behind) = cut(rest, |c| c.is_ascii_whitespace() || matches!(c, '=' | '/'));
            let behind = behind.trim_ascii_start();
            let (value, behind) = match behind.strip_prefix('=').map(str::trim_ascii_start) {
                None => ("", behind),
                Some(value) => match value.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
                    Some(quote) => {
                        let (value, behind) = cut(&value[1..], |c| c == quote);
                        (value, behind.get(1..).unwrap_or_default())
                    }
                    None => cut(value, |c| c.is_ascii_whitespace()),
                },
            };
            found.push((name, value));
            // A stray `=` is a name of its own to browsers.
            rest = if name.is_empty() { behind.get(1..).unwrap_or_default() } else { behind };
        }
    }
}

/// Cuts a text before the first character that `ends`.
fn cut(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// The start tags of a page, without those in comments and in text.
pub(super) fn tags(html: &str) -> Vec<Tag> {
    let lower = html.to_ascii_lowercase();
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(start) = lower[at..].find('<').map(|found| at + found) {
        let rest = &lower[start..];
        at = if rest.starts_with("<!--") {
            rest.find("-->").map_or(lower.len(), |end| start + end + "-->".len())
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let Some(end) = end_of_tag(rest).map(|end| start + end) else { break };
            let (name, _) = cut(&rest[1..], |c| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
            let is_text = RAW_TEXT.contains(&name);
            let close = if is_text {
                lower[end..].find(&format!("</{name}")).map(|found| end + found)
            } else {
                Some(end)
            };
            // What is never closed is no script that runs.
            let Some(close) = close else { break };
            tags.push(Tag { name: name.to_owned(), place: start..end, content: end..close });
            close
        } else {
            start + 1
        };
    }
    tags
}

/// The place behind the `>` of the tag that a text begins with. One in quotes is part of a value.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'>' => return Some(at + 1),
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            None => {}
        }
    }
    None
}

/// Where an element of the head may be put first: behind `<head>`, or where a browser would begin one.
pub(super) fn head_start(html: &str) -> usize {
    let tags = tags(html);
    let behind = |name: &str| tags.iter().find(|tag| tag.name == name).map(|tag| tag.place.end);
    let behind_doctype = || {
        let doctype = html.get(..9).filter(|start| start.eq_ignore_ascii_case("<!doctype"))?;
        html.find('>').map(|end| end + 1).filter(|_| !doctype.is_empty())
    };
    behind("head").or_else(|| behind("html")).or_else(behind_doctype).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_found_outside_of_comments_and_text() {
        let html = "<!doctype html><!-- <head> --><HEAD data-a='>'><title><script></title>\
                    <script>if (a < b) '<style>'</script><style >x</style><scripted><p\n";
        let names: Vec<_> = tags(html).into_iter().map(|tag| tag.name).collect();
        assert_eq!(names, ["head", "title", "script", "style", "scripted"]);
        let script = &tags(html)[2];
        assert_eq!(&html[script.content.clone()], "if (a < b) '<style>'");
    }

    #[test]
    fn attributes_are_read_in_every_form() {
        let html = r#"<meta a = "x>y"b='' Property=csp-nonce async/ data-src="no" nonce>"#;
        let tag = &tags(html)[0];
        for (name, value) in [
            ("a", Some("x>y")),
            ("b", Some("")),
            ("property", Some("csp-nonce")),
            ("async", Some("")),
            ("src", None),
            ("nonce", Some("")),
        ] {
            assert_eq!(tag.attribute(html, name), value, "{name}");
        }
    }

    #[test]
    fn the_head_begins_where_a_browser_begins_it() {
        for (html, before) in [
            ("<!doctype html><html><head lang=en><p>", "<!doctype html><html><head lang=en>"),
            ("<!DOCTYPE html>\n<html lang=en><p>", "<!DOCTYPE html>\n<html lang=en>"),
            ("<!doctype html><title>x</title>", "<!doctype html>"),
            ("<p>hello", ""),
            ("", ""),
        ] {
            assert_eq!(&html[..head_start(html)], before, "{html}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_tags_within_it(html in "[<>/!a='\" \u{e9}-]{0,40}|.{0,40}") {
            for tag in tags(&html) {
                prop_assert!(html.get(tag.place.clone()).is_some() && html.get(tag.content.clone()).is_some());
                tag.attribute(&html, "src");
            }
            prop_assert!(html.is_char_boundary(head_start(&html)));
        }
    }
}
