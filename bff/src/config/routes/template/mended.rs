//! The nearest template that a request can have: what is encoded is encoded, and what servers resolve is resolved.

use super::pieces::pieces;

/// Mends the text of a template. Parameters stay as they are.
pub(super) fn mended(path: &str) -> String {
    let path = path.trim();
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    let mut text = String::with_capacity(path.len());
    for (piece, is_parameter) in pieces(path) {
        if is_parameter {
            text.push_str(piece);
            continue;
        }
        let end = piece.find(['?', '#']);
        encode(&piece[..end.unwrap_or(piece.len())].replace("{{", "{").replace("}}", "}"), &mut text);
        if end.is_some() {
            break;
        }
    }
    resolved(&text)
}

fn encode(piece: &str, text: &mut String) {
    let mut bytes = piece.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => text.push('/'),
            b'%' => text.push_str(&escape(&mut bytes)),
            b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'}' => text.push_str(&format!("%{byte:02X}")),
            0x21..=0x7e => text.push(char::from(byte)),
            // Encoded, they would be refused as well.
            0x00..=0x1f | 0x7f => {}
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// The escape behind a `%`, in upper case, or the character where it needs none.
fn escape(bytes: &mut std::str::Bytes<'_>) -> String {
    let digits: String = bytes.clone().take(2).map(char::from).collect();
    match u8::from_str_radix(&digits, 16) {
        Ok(byte) if digits.len() == 2 && !digits.starts_with('+') => {
            bytes.nth(1);
            match byte {
                b'-' | b'_' | b'~' | b'.' => char::from(byte).into(),
                _ if byte.is_ascii_alphanumeric() => char::from(byte).into(),
                _ => format!("%{byte:02X}"),
            }
        }
        _ => "%25".to_owned(),
    }
}

/// The path without dot segments and empty ones (RFC 3986 §5.2.4). A slash at the end stays.
fn resolved(text: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut ends_in_slash = false;
    for segment in text.split('/') {
        ends_in_slash = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let slash = if ends_in_slash && !segments.is_empty() { "/" } else { "" };
    format!("/{}{slash}", segments.join("/"))
}
