//! Canonical paths: a path is refused unless every server on the way must read it the same.
//!
//! A path passes if all of the following hold:
//!
//! - it starts with `/` and consists of visible ASCII (RFC 3986 §3.3 knows nothing else);
//! - every `%` begins a complete escape, and no escape hides an unreserved character (`%74` for `t`), which
//!   some servers decode before they match and others do not;
//! - it has no empty segment (`//`), except the one that a trailing slash makes;
//! - however often it is decoded, it has no `.` or `..` segment, no backslash, no control byte, no bytes
//!   that are not UTF-8 and, unless the route allows `%2F`, no further slash; parameters behind a `;` do not
//!   count (`..;x` is a dot segment), since some servers cut them off first;
//! - it is not encoded more than [`LAYERS_MAX`] times over.
//!
//! A path that passes is matched and sent byte for byte: nothing is normalised.

pub mod map;
pub mod spelling;

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// How many times a path may be percent-encoded. Honest clients need one encoding; a deeper one has something to hide.
pub const LAYERS_MAX: usize = 3;

/// A path that means one thing to every server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalPath {
    raw: String,
    encoded_slash: bool,
}

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmbiguousPath {
    /// It does not start with a slash.
    #[error("it does not start with a slash")]
    NotAbsolute,
    /// It has a byte that must be percent-encoded.
    #[error("it contains a byte that must be percent-encoded")]
    RawByte,
    /// It has a backslash, which some servers take for a slash.
    #[error("it contains a backslash")]
    Backslash,
    /// A `%` without two hex digits.
    #[error("it contains an incomplete percent escape")]
    BrokenEscape,
    /// An escape of a character that needs none.
    #[error("it percent-encodes a character that needs no encoding")]
    NeedlessEscape,
    /// More than [`LAYERS_MAX`] encodings over one another.
    #[error("it is percent-encoded too many times over")]
    TooDeep,
    /// Two slashes in a row.
    #[error("it contains an empty segment")]
    EmptySegment,
    /// `.` or `..`, in any encoding.
    #[error("it contains a dot segment")]
    DotSegment,
    /// `%2F` where the route does not allow it.
    #[error("it contains an encoded slash")]
    EncodedSlash,
    /// An encoded control byte.
    #[error("it contains an encoded control byte")]
    ControlByte,
    /// Escapes that are not UTF-8.
    #[error("its escapes are not UTF-8")]
    NotUtf8,
}

impl CanonicalPath {
    /// Checks a raw path, as it stood in the request line.
    ///
    /// # Errors
    /// [`AmbiguousPath`]: the reason for the refusal.
    pub fn parse(raw: &str) -> Result<Self, AmbiguousPath> {
        if !raw.starts_with('/') {
            return Err(AmbiguousPath::NotAbsolute);
        }
        if is_plain(raw.as_bytes()) {
            return Ok(Self { raw: raw.to_owned(), encoded_slash: false });
        }
        check_bytes(raw.as_bytes())?;
        let segments = raw.strip_suffix('/').unwrap_or(raw);
        if segments.split('/').skip(1).any(str::is_empty) {
            return Err(AmbiguousPath::EmptySegment);
        }
        Ok(Self { raw: raw.to_owned(), encoded_slash: check_decoded(raw)? })
    }

    /// The path, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// Whether a segment holds an encoded slash; only a route with `encoded-slash = true` takes those.
    #[must_use]
    pub const fn has_encoded_slash(&self) -> bool {
        self.encoded_slash
    }
}

/// Whether a path has nothing in it that any rule is about: letters, digits, `-` and `_` between single slashes. Most
/// paths are such, and are read once.
fn is_plain(raw: &[u8]) -> bool {
    let mut before = 0;
    raw.iter().all(|byte| {
        let is_plain = match byte {
            b'/' => before != b'/',
            byte => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
        };
        before = *byte;
        is_plain
    })
}

fn check_bytes(raw: &[u8]) -> Result<(), AmbiguousPath> {
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => return Err(AmbiguousPath::Backslash),
            b'%' => {
                let escaped = hex(bytes.next()).zip(hex(bytes.next())).map(|(high, low)| high << 4 | low);
                match escaped.ok_or(AmbiguousPath::BrokenEscape)? {
                    // `%2E` is needless as well, but the reader of the error wants to know about the dots.
                    b'.' => return Err(AmbiguousPath::DotSegment),
                    b'-' | b'_' | b'~' => return Err(AmbiguousPath::NeedlessEscape),
                    other if other.is_ascii_alphanumeric() => return Err(AmbiguousPath::NeedlessEscape),
                    _ => {}
                }
            }
            // Either ends the path: what follows would be matched, but not sent as its part (RFC 3986 §3.3).
            b'#' | b'?' => return Err(AmbiguousPath::RawByte),
            0x21..=0x7e => {}
            _ => return Err(AmbiguousPath::RawByte),
        }
    }
    Ok(())
}

fn hex(byte: Option<u8>) -> Option<u8> {
    char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Decodes a path layer by layer, since the upstream may, and checks every layer. Returns whether a layer hid a slash.
fn check_decoded(raw: &str) -> Result<bool, AmbiguousPath> {
    let mut encoded_slash = false;
    let mut layer = Cow::Borrowed(raw);
    for _ in 0..=LAYERS_MAX {
        if layer.split('/').any(is_dot_segment) {
            return Err(AmbiguousPath::DotSegment);
        }
        if layer.contains('\\') {
            return Err(AmbiguousPath::Backslash);
        }
        if layer.chars().any(char::is_control) {
            return Err(AmbiguousPath::ControlByte);
        }
        // Most paths have no escape at all, and are not copied to find that out.
        if !layer.contains('%') {
            return Ok(encoded_slash);
        }
        let decoded =
            percent_decode(layer.as_bytes()).decode_utf8().map_err(|_| AmbiguousPath::NotUtf8)?.into_owned();
        if decoded.len() == layer.len() {
            return Ok(encoded_slash);
        }
        encoded_slash |= decoded.matches('/').count() > layer.matches('/').count();
        layer = Cow::Owned(decoded);
    }
    Err(AmbiguousPath::TooDeep)
}

fn is_dot_segment(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or_default();
    name == "." || name == ".."
}

#[cfg(test)]
mod tests;
