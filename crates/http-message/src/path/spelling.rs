//! Other spellings of a path: a generous server takes them for the same.
//!
//! Such a server ignores case, decodes once more, trims, skips empty segments, and cuts parameters off (`;x`). It ignores a
//! slash, dots or an extension at the end. A rule about a path holds for what this server reads, too.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::LAYERS_MAX;

/// The path without any encoding. Most paths have none, and are not copied to find that out.
#[must_use]
pub fn decoded(path: &str) -> Cow<'_, str> {
    let mut path = Cow::Borrowed(path);
    // A canonical path has no more encodings than these.
    for _ in 0..=LAYERS_MAX {
        if !path.contains('%') {
            break;
        }
        path = Cow::Owned(percent_decode_str(&path).decode_utf8_lossy().into_owned());
    }
    path
}

/// The segments of a decoded path, each without parameters, without space around it and dots behind it.
pub fn segments(decoded: &str) -> impl Iterator<Item = &str> {
    decoded.split('/').map(bare).filter(|segment| !segment.is_empty())
}

fn bare(segment: &str) -> &str {
    // Most segments are letters and digits, and have nothing to cut off.
    if segment.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return segment;
    }
    let is_cut = |one: char| one == '.' || one.is_whitespace();
    segment.split(';').next().unwrap_or_default().trim_start().trim_end_matches(is_cut)
}

/// A segment, or a folded path, without the extension of its last segment; `None` where it has none.
#[must_use]
pub fn without_extension(segment: &str) -> Option<&str> {
    let (stem, extension) = segment.rsplit_once('.').filter(|(_, extension)| !extension.contains('/'))?;
    let stem = stem.trim_end_matches('.');
    (!extension.is_empty() && !stem.is_empty() && !stem.ends_with('/')).then_some(stem)
}

/// The one spelling for all that a generous server takes for the same, the extension left on. An encoded slash is a slash.
#[must_use]
pub fn folded(path: &str) -> String {
    let mut folded = String::with_capacity(path.len());
    segments(&decoded(path)).for_each(|segment| add(&mut folded, segment));
    or_root(folded)
}

/// The same where an encoded slash is a letter of its segment.
#[must_use]
pub fn folded_by_segments(path: &str) -> String {
    let mut folded = String::with_capacity(path.len());
    for segment in path.split('/') {
        let segment = decoded(segment);
        let bare = bare(&segment);
        if !bare.is_empty() {
            add(&mut folded, &bare.replace('/', "%2f"));
        }
    }
    or_root(folded)
}

fn add(folded: &mut String, segment: &str) {
    folded.push('/');
    folded.extend(segment.chars().flat_map(char::to_lowercase));
}

fn or_root(folded: String) -> String {
    if folded.is_empty() { "/".to_owned() } else { folded }
}

/// Whether a canonical path is folded, and has no extension: it has no other spelling to be looked for. Most are such.
#[must_use]
pub fn is_folded(path: &str) -> bool {
    let bytes = path.as_bytes();
    let last = bytes.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
    let is_plain = |(at, byte): (usize, &u8)| match byte {
        b'.' => at < last && bytes.get(at + 1) != Some(&b'/'),
        b'%' | b';' => false,
        other => !other.is_ascii_uppercase(),
    };
    last + 1 < bytes.len() && bytes.iter().enumerate().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_41_spellings_that_generous_servers_take_for_the_same_are_one() {
        for same in [
            "/users/ada",
            "/Users/ADA",
            "/users/ada/",
            "/users;v=1/ada;x",
            "/users/;x/ada",
            "/users./ada..",
            "/users%2Fada",
            "/%2575sers/ada%20",
            "/users/ada%3Bx",
        ] {
            assert_eq!(folded(same), "/users/ada", "{same}");
            assert_eq!(is_folded(same), same == "/users/ada", "{same}");
        }
        assert_eq!((folded("/").as_str(), folded_by_segments("/;x/").as_str()), ("/", "/"));
        assert_eq!(folded_by_segments("/Users;v=1/%2575%2Fb%20/"), "/users/u%2fb");
        assert_eq!(folded("/stra%C3%9Fe/%C3%84"), "/straße/ä");
        for plain in ["/v1.2/a", "/a_b-c/~d", "/.well-known/a", "/a:b@c"] {
            assert!(is_folded(plain) && folded(plain) == plain, "{plain}");
        }
    }

    #[test]
    fn security_41_an_extension_is_that_of_the_last_segment() {
        for (path, stem) in [
            ("/users.json", Some("/users")),
            ("/users..json", Some("/users")),
            ("/a.b/c.tar.gz", Some("/a.b/c.tar")),
            ("login.php", Some("login")),
            ("/a.b/c", None),
            ("/.hidden", None),
            ("/a/..b", None),
            ("/users.", None),
            ("/users", None),
        ] {
            assert_eq!(without_extension(path), stem, "{path}");
            assert!(!is_folded(path) || !path.contains("/users."), "{path}");
        }
    }
}
