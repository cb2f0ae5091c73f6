use proptest::prelude::*;

use super::*;

#[test]
fn ordinary_paths_pass_byte_for_byte() {
    for raw in [
        "/",
        "/todos",
        "/todos/",
        "/todos/1",
        "/a.b/..c/d..",
        "/...",
        "/with%20space",
        "/%E2%82%AC",
        "/100%25",
        "/a;b=c,d:e@f!$&'()*+=~-_",
        "/%3Fnot-a-query",
        "/%23",
    ] {
        let path = CanonicalPath::parse(raw).unwrap();
        assert_eq!(path.as_str(), raw);
        assert!(!path.has_encoded_slash(), "{raw}");
    }
}

#[test]
fn security_18_ambiguous_paths_are_refused() {
    use AmbiguousPath::*;
    for (raw, why) in [
        ("", NotAbsolute),
        ("todos", NotAbsolute),
        ("//", EmptySegment),
        ("//todos", EmptySegment),
        ("/a//b", EmptySegment),
        ("/a//", EmptySegment),
        ("/.", DotSegment),
        ("/..", DotSegment),
        ("/a/../b", DotSegment),
        ("/a/./b", DotSegment),
        ("/a/..", DotSegment),
        ("/%2e%2e/a", DotSegment),
        ("/%2E./a", DotSegment),
        ("/.%2e", DotSegment),
        ("/%252e%252e/a", DotSegment),
        ("/%25252e%25252e/a", DotSegment),
        ("/public/..;/admin", DotSegment),
        ("/public/..;x=1/admin", DotSegment),
        ("/a/.;/b", DotSegment),
        ("/a/..%3b/b", DotSegment),
        ("/%2525252541", TooDeep),
        ("/a%2f..%2fb", DotSegment),
        ("/a%2f..", DotSegment),
        ("/a\\b", Backslash),
        ("/..\\b", Backslash),
        ("/a%5cb", Backslash),
        ("/a%5Cb", Backslash),
        ("/a%255cb", Backslash),
        ("/a%00", ControlByte),
        ("/a%0d%0ab", ControlByte),
        ("/a%7f", ControlByte),
        ("/a%250a", ControlByte),
        ("/a%c2%85", ControlByte),
        ("/a b", RawByte),
        ("/a#", RawByte),
        ("/auth/login#x", RawByte),
        ("/a?b", RawByte),
        ("/a\tb", RawByte),
        ("/€", RawByte),
        ("/%ff", NotUtf8),
        ("/%c0%af", NotUtf8),
        ("/%e0%80%af", NotUtf8),
        ("/%ed%a0%80", NotUtf8),
        ("/%", BrokenEscape),
        ("/%2", BrokenEscape),
        ("/%zz", BrokenEscape),
        ("/%+1", BrokenEscape),
        ("/%74odos", NeedlessEscape),
        ("/%7Euser", NeedlessEscape),
    ] {
        assert_eq!(CanonicalPath::parse(raw), Err(why), "{raw:?}");
    }
}

#[test]
fn an_encoded_slash_is_told_apart_for_routes_that_allow_it() {
    for raw in ["/a%2fb", "/a%2Fb", "/a%252fb"] {
        assert!(CanonicalPath::parse(raw).unwrap().has_encoded_slash(), "{raw}");
    }
}

proptest! {
    #[test]
    fn no_decoder_finds_a_way_up_in_what_passes(raw in "/([a.%/]|%2[eEfF]|%5[cC]|%25|%00|\\\\|\\.\\.){0,12}") {
        if let Ok(path) = CanonicalPath::parse(&raw) {
            prop_assert_eq!(path.as_str(), raw.as_str());
            let mut layer = raw.into_bytes();
            for _ in 0..12 {
                let text = String::from_utf8(layer.clone()).unwrap();
                prop_assert!(!text.split(['/', '\\']).any(|segment| segment == ".." || segment == "."));
                prop_assert!(!text.contains(['\\', '\0']));
                layer = percent_decode(&layer).collect();
            }
        }
    }

    #[test]
    fn arbitrary_text_never_panics_and_never_changes(raw in "\\PC*") {
        if let Ok(path) = CanonicalPath::parse(&raw) {
            prop_assert_eq!(path.as_str(), raw);
        }
    }
}

proptest! {
    #[test]
    fn what_is_read_once_would_pass_every_rule(path in "(/[a-zA-Z0-9_/.%-]{0,6}){1,4}") {
        if is_plain(path.as_bytes()) {
            prop_assert_eq!(check_bytes(path.as_bytes()), Ok(()));
            prop_assert_eq!(check_decoded(&path), Ok(false));
            prop_assert!(!path.contains("//"));
        }
    }
}
