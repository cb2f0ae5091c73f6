//! Lists of entity tags (RFC 9110 §8.8.3), as conditions have them.

/// The members of a list. A comma may stand within a tag.
pub fn tags(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    let members = line.split(move |byte| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    });
    members.map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_within_a_tag_ends_none() {
        let members = |line: &'static str| tags(line.as_bytes()).collect::<Vec<_>>();
        assert_eq!(members("\"a,b\" , W/\"c\",,*"), [&b"\"a,b\""[..], b"W/\"c\"", b"*"]);
        assert_eq!(members(" , "), [b""; 0]);
    }
}
