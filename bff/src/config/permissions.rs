//! `BFF_PERMISSIONS_POLICY`: the features of a browser that pages may use.

use super::{reader::Reader, setting};
use crate::response::PermissionsPolicy;

const EXPECTED: &str = "expected features by semicolon, such as camera=(self); fullscreen=*; geolocation=(self \"https://maps.example\")";

pub(super) fn permissions(reader: &mut Reader<'_>) -> PermissionsPolicy {
    reader.optional(&setting::PERMISSIONS_POLICY, parse).unwrap_or_default()
}

fn parse(given: &str) -> Result<PermissionsPolicy, String> {
    let parts = parts(given);
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    let changes = parts.map(feature).collect::<Result<Vec<_>, _>>()?;
    if changes.is_empty() {
        return Err(format!("names no feature; {EXPECTED}"));
    }
    PermissionsPolicy::with(&changes).map_err(|_| format!("cannot stand in a header; {EXPECTED}"))
}

/// Cuts at semicolons and commas that are not in quotes.
fn parts(given: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for c in given.chars() {
        is_quoted ^= c == '"';
        match parts.last_mut() {
            Some(part) if is_quoted || !matches!(c, ';' | ',') => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
}

/// One feature with its allow-list (Permissions Policy §5.2), in the form of a field.
fn feature(part: &str) -> Result<(String, String), String> {
    let wrong = |problem: &str| format!("has {part:?}, {problem}; {EXPECTED}");
    let (name, value) = part.split_once('=').ok_or_else(|| wrong("which has no equals sign"))?;
    let (name, value) = (name.trim(), value.trim());
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.bytes().all(is_name) {
        return Err(wrong("which is no name of a feature"));
    }
    if value == "*" {
        return Ok((name.to_owned(), value.to_owned()));
    }
    let inner = value.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    let inner = inner.or(Some(value).filter(|value| *value == "self"));
    let inner = inner.ok_or_else(|| wrong("whose list is not in parentheses"))?;
    let members: Vec<&str> = inner.split_ascii_whitespace().collect();
    if !members.iter().all(|member| matches!(*member, "self" | "src" | "*") || is_origin(member)) {
        return Err(wrong("whose list has more than self and origins in double quotes"));
    }
    Ok((name.to_owned(), format!("({})", members.join(" "))))
}

fn is_origin(member: &str) -> bool {
    let inner = member.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    inner.contains("://") && inner.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(given: &str) -> String {
        parse(given).unwrap().value().to_str().unwrap().to_owned()
    }

    #[test]
    fn features_are_read_by_semicolon_or_comma() {
        for given in
            ["camera=(self); fullscreen=*", "camera = self , fullscreen=*;", " fullscreen=*;camera=( self )"]
        {
            let text = text(given);
            assert!(
                text.contains(", camera=(self), ") && text.ends_with(", fullscreen=*"),
                "{given}: {text}"
            );
        }
        let text = text("geolocation=(self \"https://maps.example\"), usb=()");
        assert!(text.contains("geolocation=(self \"https://maps.example\"), "), "{text}");
    }

    #[test]
    fn what_browsers_would_ignore_is_refused() {
        for (given, says) in [
            (";", "names no feature"),
            ("camera", "no equals sign"),
            ("camera 'self'", "no equals sign"),
            ("Camera=()", "no name of a feature"),
            ("camera=self https://a.example", "not in parentheses"),
            ("camera=('self')", "origins in double quotes"),
            ("camera=(https://a.example)", "origins in double quotes"),
            ("camera=(\"https://a.example\u{fc}\")", "origins in double quotes"),
        ] {
            let problem = parse(given).unwrap_err();
            assert!(problem.contains(says) && !problem.contains('\n'), "{given}: {problem}");
        }
    }
}
