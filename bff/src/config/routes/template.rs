//! Checks the path template of a route: a template that can match nothing is refused, one that is hardly meant is
//! warned of. Both come with a template that would do.

mod foreign;
mod mended;
mod pieces;

use http::uri::PathAndQuery;

use http_message::CanonicalPath;

use self::{foreign::translated, mended::mended, pieces::pieces};

/// Bytes that the server takes in a path, and that browsers never send unencoded (WHATWG URL, path percent-encode set).
const ENCODED_BY_BROWSERS: [char; 4] = ['"', '^', '{', '}'];

/// Checks a template, and gives a warning if there is one.
///
/// # Errors
/// A message for the operator: no request has such a path.
pub(super) fn check(path: &str, encoded_slash: bool) -> Result<Option<String>, String> {
    if !path.starts_with('/') {
        return Err(format!("the path must start with /{}", suggestion(path, &mended(path))));
    }
    let (translated, style) = translated(path);
    let suggestion = suggestion(path, &mended(&translated));
    let concrete = concrete(path);
    if let Some(reason) = impossible(&concrete) {
        let reason = match style {
            Some(style) => format!("{style}, and {reason}"),
            None => reason,
        };
        return Err(format!("no request has this path: {reason}{suggestion}"));
    }
    let hides_slash = CanonicalPath::parse(&concrete).is_ok_and(|path| path.has_encoded_slash());
    if hides_slash && !encoded_slash {
        return Err("no request has this path: %2F in it needs encoded-slash = true".to_owned());
    }
    Ok(style.or_else(|| unusual(&concrete)).map(|reason| format!("{reason}{suggestion}")))
}

/// The template with a letter in the place of each parameter.
pub(super) fn concrete(path: &str) -> String {
    let mut concrete = String::with_capacity(path.len());
    for (text, is_parameter) in pieces(path) {
        match is_parameter {
            true => concrete.push('x'),
            false => concrete.push_str(&text.replace("{{", "{").replace("}}", "}")),
        }
    }
    concrete
}

/// Why no request has a path; `None`: some may.
fn impossible(path: &str) -> Option<String> {
    if path.contains(['?', '#']) {
        return Some("a query or a fragment is no part of it".to_owned());
    }
    if path.chars().any(char::is_whitespace) {
        return Some("it contains a space".to_owned());
    }
    if let Err(err) = CanonicalPath::parse(path) {
        return Some(err.to_string());
    }
    // Such a target is refused with 400 before any route is looked for.
    path.parse::<PathAndQuery>().err().map(|_| "it contains a byte that must be percent-encoded".to_owned())
}

/// What is odd about a path that some request may have.
fn unusual(path: &str) -> Option<String> {
    if let Some(raw) = path.chars().find(|one| ENCODED_BY_BROWSERS.contains(one)) {
        return Some(format!("browsers send {raw:?} percent-encoded"));
    }
    let mut escapes = path.split('%').skip(1).filter_map(|rest| rest.get(..2));
    escapes
        .any(|escape| escape.bytes().any(|byte| byte.is_ascii_lowercase()))
        .then(|| "browsers write percent escapes in upper case".to_owned())
}

fn suggestion(given: &str, better: &str) -> String {
    if better == given { String::new() } else { format!("; write {better:?}") }
}

#[cfg(test)]
mod tests;
