//! The end of a chunked body (RFC 9112 §7.1). awc decodes the chunks; this only follows them. Bytes after the last
//! chunk are then known not to belong to the answer.

/// Most hex digits in a chunk's size: as many as fit into 64 bits.
const SIZE_DIGITS_MAX: u8 = 16;

/// The place of the next byte in the chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Size { value: u64, digits: u8 },
    Extension { value: u64 },
    SizeLf { value: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    Trailer { empty: bool },
    TrailerLf { empty: bool },
    End,
}

/// Follows one chunked body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunks(At);

/// The bytes are not chunks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotChunks;

impl Chunks {
    pub(super) const fn new() -> Self {
        Self(At::Size { value: 0, digits: 0 })
    }

    pub(super) const fn ended(&self) -> bool {
        matches!(self.0, At::End)
    }

    /// Takes the next bytes, and returns how many of them belong to the body.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, NotChunks> {
        let mut taken = 0;
        while taken < bytes.len() && !self.ended() {
            if let At::Data { left } = self.0 {
                let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - taken);
                taken += here;
                let left = left - here as u64;
                self.0 = if left == 0 { At::DataCr } else { At::Data { left } };
            } else {
                self.0 = self.0.after(bytes[taken])?;
                taken += 1;
            }
        }
        Ok(taken)
    }
}

impl At {
    fn after(self, byte: u8) -> Result<Self, NotChunks> {
        Ok(match (self, byte) {
            (Self::Size { value, digits }, _) if byte.is_ascii_hexdigit() && digits < SIZE_DIGITS_MAX => {
                let digit = char::from(byte).to_digit(16).ok_or(NotChunks)?;
                Self::Size { value: value << 4 | u64::from(digit), digits: digits + 1 }
            }
            (Self::Size { value, digits: 1.. } | Self::Extension { value }, b'\r') => Self::SizeLf { value },
            (Self::Size { value, digits: 1.. }, b';' | b' ' | b'\t') => Self::Extension { value },
            (Self::Extension { value }, _) if byte != b'\n' => Self::Extension { value },
            (Self::SizeLf { value: 0 }, b'\n') => Self::Trailer { empty: true },
            (Self::SizeLf { value }, b'\n') => Self::Data { left: value },
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::Size { value: 0, digits: 0 },
            (Self::Trailer { empty }, b'\r') => Self::TrailerLf { empty },
            (Self::Trailer { .. }, _) if byte != b'\n' => Self::Trailer { empty: false },
            (Self::TrailerLf { empty: true }, b'\n') => Self::End,
            (Self::TrailerLf { empty: false }, b'\n') => Self::Trailer { empty: true },
            _ => return Err(NotChunks),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_wherever_the_packets_are_cut() {
        let body = b"5;name=\"x\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n";
        for cut in 0..body.len() {
            let mut chunks = Chunks::new();
            assert_eq!(chunks.take(&body[..cut]), Ok(cut));
            assert!(!chunks.ended());
            let rest = [&body[cut..], b"HTTP/1.1 200 OK"].concat();
            assert_eq!(chunks.take(&rest), Ok(body.len() - cut), "cut at {cut}");
            assert!(chunks.ended());
        }
    }

    #[test]
    fn what_is_not_chunks_is_told() {
        for body in ["\r\n", "x\r\n", ";x\r\n", "5\nhello", "1\r\nab\r\n", "11111111111111111\r\n", "0\r\n\n"]
        {
            assert_eq!(Chunks::new().take(body.as_bytes()), Err(NotChunks), "{body:?}");
        }
    }
}
