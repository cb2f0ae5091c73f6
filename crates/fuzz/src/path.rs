//! Canonical paths, and their other spellings.

use http_message::{
    CanonicalPath,
    path::spelling::{decoded, folded, folded_by_segments, is_folded, without_extension},
};

/// A path that passes is kept byte for byte and hides no dot segment. Its folded spellings are folded.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(path) = CanonicalPath::parse(&text) else { return };
    assert_eq!(path.as_str(), text, "a path is kept byte for byte");
    assert_eq!(CanonicalPath::parse(path.as_str()).as_ref(), Ok(&path), "a canonical path is one again");

    let bare = decoded(&text);
    assert!(!bare.contains(['\\', '\0', '\r', '\n']), "{bare:?} hides a backslash or a control byte");
    let is_dots = |segment: &str| matches!(segment.split(';').next(), Some("." | ".."));
    assert!(!bare.split('/').any(is_dots), "{bare:?} hides a dot segment");
    let slashes = |text: &str| text.matches('/').count();
    assert_eq!(path.has_encoded_slash(), slashes(&bare) > slashes(&text), "{bare:?} of {text:?}");

    for fold in [folded, folded_by_segments] {
        let once = fold(&text);
        assert!(once.starts_with('/'), "{once:?} is no path");
        assert_eq!(fold(&once), once, "what is folded is folded");
    }
    if is_folded(&text) {
        assert_eq!(folded(&text), text, "it was said to be folded");
        assert_eq!(folded_by_segments(&text), text, "it was said to be folded");
        assert_eq!(without_extension(&text), None, "it was said to have no extension");
    }
}
