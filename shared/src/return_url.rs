//! Where to go after signing in: a path of our own, and nothing that a browser could read as another server. Server and
//! app have one rule for it.

/// The longest return URL.
const RETURN_URL_MAX: usize = 2048;

/// `given`, if it is a local path: it begins with one slash and neither `//` nor `/\` (which browsers read as the
/// beginning of a host), and has no control character, space or backslash (some are removed before a URL is read).
/// `/` for anything else.
#[must_use]
pub fn local(given: &str) -> &str {
    let is_local = given.len() <= RETURN_URL_MAX
        && given.starts_with('/')
        && !given.starts_with("//")
        && given.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_local { given } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_16_only_local_paths_are_returned_to() {
        for good in ["/", "/todos", "/todos?page=2&q=a%20b#top", "/a//b", "/@x", "/a:b"] {
            assert_eq!(local(good), good);
        }
        let long = format!("/{}", "a".repeat(RETURN_URL_MAX));
        for bad in [
            "",
            "todos",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "https:",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil",
            "/\r\nSet-Cookie: a=b",
            " /x",
            "/x y",
            "/ü",
            "/\u{0}",
            "data:,x",
            &long,
        ] {
            assert_eq!(local(bad), "/", "{bad:?}");
        }
    }
}
