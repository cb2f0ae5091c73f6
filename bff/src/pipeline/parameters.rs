//! Parameters of a query that count on a route.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// `target` with the parameters of these names alone, in their order and as they were written.
pub(super) fn only(target: &str, names: &[String]) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let counts = |pair: &&str| names.iter().any(|name| *name == name_of(pair));
    let counted: Vec<&str> = query.split('&').filter(counts).collect();
    match counted.as_slice() {
        [] => path.to_owned(),
        counted => format!("{path}?{}", counted.join("&")),
    }
}

/// The name of a parameter as a form decodes it (WHATWG URL, "application/x-www-form-urlencoded").
fn name_of(pair: &str) -> Cow<'_, str> {
    let name = pair.split('=').next().unwrap_or_default();
    if !name.contains(['+', '%']) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(percent_decode_str(&name.replace('+', " ")).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_43_parameters_count_by_their_decoded_names() {
        let names = ["page", "filter[by]", "a b"].map(str::to_owned);
        for (target, expected) in [
            ("/a", "/a"),
            ("/a?", "/a"),
            ("/a?page", "/a?page"),
            ("/a?utm=1&page=2&page=3&x", "/a?page=2&page=3"),
            ("/a?p%61ge=1&filter%5Bby%5D=x&a+b=y", "/a?p%61ge=1&filter%5Bby%5D=x&a+b=y"),
            ("/a?Page=1&page%3D=1&page;x=1&&=", "/a"),
            ("/a?page=1;x=2?y", "/a?page=1;x=2?y"),
        ] {
            assert_eq!(only(target, &names), expected, "{target}");
        }
        assert_eq!(only("/a?page=1", &[]), "/a");
    }
}
