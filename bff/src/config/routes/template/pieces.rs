//! Takes a template apart: text, and parameters in braces.

/// The pieces of a template: text as it stands, or a parameter with its braces.
pub(super) fn pieces(path: &str) -> Vec<(&str, bool)> {
    let mut pieces = Vec::new();
    let mut text = 0;
    let mut at = 0;
    let bytes = path.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let doubled = bytes.get(at + 1) == Some(byte);
        if matches!(byte, b'{' | b'}') && doubled {
            at += 2;
            continue;
        }
        let end = if *byte == b'{' { path[at..].find(['}', '/']).map(|end| at + end) } else { None };
        match end.filter(|end| bytes.get(*end) == Some(&b'}')) {
            Some(end) => {
                pieces.push((&path[text..at], false));
                pieces.push((&path[at..=end], true));
                at = end + 1;
                text = at;
            }
            None => at += 1,
        }
    }
    pieces.push((&path[text..], false));
    pieces
}
