//! Where to go after signing in: an address of the app, and nothing that a browser could read as another server.
//! The server has the same rule for the addresses that it redirects to.

/// The longest return URL.
const MAX: usize = 2048;

/// `given`, if it is a local path: it begins with one slash and neither `//` nor `/\` (which browsers read as the
/// beginning of a host), and has no control character, space or backslash (some are removed before a URL is read).
/// `/` for anything else.
pub(crate) fn local(given: &str) -> &str {
    let is_local = given.len() <= MAX
        && given.starts_with('/')
        && !given.starts_with("//")
        && given.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_local { given } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_app_is_returned_to_with_its_query() {
        for good in ["/", "/todos", "/todos?page=2&q=a%20b#top", "/a//b", "/@x", "/a:b"] {
            assert_eq!(local(good), good);
        }
    }

    #[test]
    fn what_could_lead_to_another_server_is_not_followed() {
        let long = format!("/{}", "a".repeat(MAX));
        for bad in [
            "",
            "todos",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
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
