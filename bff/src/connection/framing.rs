//! Where each answer ends among the bytes of a connection (RFC 9112 §6).
//!
//! The app announces every answer by its framing. No field of a head is read.

/// The framing of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// That many bytes of content.
    Sized(u64),
    /// Chunks (RFC 9112 §7.1).
    Chunked,
    /// Content up to the end of the connection.
    UntilClose,
    /// No content: after a 101 the connection belongs to another protocol.
    Tunnel,
}

/// The place that a connection has reached in what it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Between two answers.
    Between,
    /// In a head, with the bytes of its current line so far. Content of that framing follows, after an interim head none.
    Head { line: usize, then: Option<Framing> },
    /// In content, or behind a chunk, with that many bytes left.
    Content(u64),
    /// In the line that says a chunk's size.
    ChunkSize(u64),
    /// In a chunk with that many bytes left, its line end included.
    Chunk(u64),
    /// In content that ends with the connection.
    UntilClose,
    /// In a tunnel, whose bytes are of another protocol.
    Tunnel,
}

/// How the head of an interim answer begins, which the framework sends by itself (RFC 9110 §15.2.1).
const CONTINUE: &[u8] = b"HTTP/1.1 100";

impl Place {
    /// Goes over the first `count` of `bytes`, and asks `next` for the framing of each answer that begins. Returns the bytes
    /// gone over: fewer than `count` where a head begins that nobody has announced. The bytes behind them tell an interim
    /// head of which few bytes are among them.
    pub(super) fn go_over(
        &mut self,
        bytes: &[u8],
        count: usize,
        mut next: impl FnMut() -> Option<Framing>,
    ) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..count).filter(|rest| !rest.is_empty()) {
            at += match self {
                Self::Between => {
                    let is_interim = bytes[at..].starts_with(CONTINUE);
                    let then = if is_interim { None } else { next() };
                    if then.is_none() && !is_interim {
                        return at;
                    }
                    *self = Self::Head { line: 0, then };
                    0
                }
                Self::Head { .. } => self.head(rest),
                Self::Content(left) | Self::Chunk(left) => {
                    let taken = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= taken as u64;
                    if *left == 0 {
                        *self =
                            if matches!(self, Self::Chunk(_)) { Self::ChunkSize(0) } else { Self::Between };
                    }
                    taken
                }
                Self::ChunkSize(size) => {
                    let byte = rest[0];
                    if let Some(digit) = char::from(byte).to_digit(16) {
                        *size = size.saturating_mul(16).saturating_add(u64::from(digit));
                    } else if byte == b'\n' {
                        // The last chunk has no data, and its line is followed by an empty one.
                        *self =
                            if *size == 0 { Self::Content(2) } else { Self::Chunk(size.saturating_add(2)) };
                    }
                    1
                }
                Self::UntilClose | Self::Tunnel => rest.len(),
            };
        }
        at
    }

    /// Goes on to the end of the head's current line, and returns the bytes up to there.
    fn head(&mut self, rest: &[u8]) -> usize {
        let Self::Head { line, then } = self else { return 0 };
        let Some(end) = memchr::memchr(b'\n', rest) else {
            *line += rest.len();
            return rest.len();
        };
        // An empty line, of a carriage return alone, ends the head.
        let is_last = *line + end <= 1;
        *line = 0;
        if is_last {
            *self = match then {
                None | Some(Framing::Sized(0)) => Self::Between,
                Some(Framing::Sized(length)) => Self::Content(*length),
                Some(Framing::Chunked) => Self::ChunkSize(0),
                Some(Framing::UntilClose) => Self::UntilClose,
                Some(Framing::Tunnel) => Self::Tunnel,
            };
        }
        end + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is gone over of `bytes`, given in pieces of `size`, with these answers announced.
    fn gone_over(bytes: &[u8], size: usize, announced: &[Framing]) -> usize {
        let mut place = Place::Between;
        let mut left = announced.iter().copied();
        let mut all = 0;
        for piece in bytes.chunks(size) {
            let taken = place.go_over(piece, piece.len(), || left.next());
            all += taken;
            if taken < piece.len() {
                break;
            }
        }
        all
    }

    const BARE: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";

    #[test]
    fn a_head_that_nobody_announced_is_found_behind_any_answer() {
        for (answers, announced) in [
            ("", &[][..]),
            ("HTTP/1.1 204 No Content\r\na: b\r\n\r\n", &[Framing::Sized(0)]),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n\r\n\r\n\n", &[Framing::Sized(5)]),
            (
                "HTTP/1.1 200 OK\r\na: b\r\n\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n1\r\n0\r\n0\r\n\r\n",
                &[Framing::Chunked],
            ),
            (
                "HTTP/1.1 200 OK\r\n\r\nabHTTP/1.1 200 OK\r\n\r\n0\r\n\r\n",
                &[Framing::Sized(2), Framing::Chunked],
            ),
        ] {
            let all = [answers.as_bytes(), BARE].concat();
            for size in [1, 2, 7, all.len()] {
                assert_eq!(gone_over(&all, size, announced), answers.len(), "{size} of {answers:?}");
            }
        }
    }

    #[test]
    fn an_interim_head_needs_no_announcement() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        let all = [interim, "HTTP/1.1 200 OK\r\n\r\na", "HTTP/1.1 400 Bad Request\r\n\r\n"].concat();
        assert_eq!(gone_over(all.as_bytes(), all.len(), &[Framing::Sized(1)]), interim.len() + 20);
    }

    #[test]
    fn an_interim_head_is_known_by_bytes_that_are_not_sent_yet() {
        let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
        for count in 1..interim.len() {
            let mut place = Place::Between;
            assert_eq!(place.go_over(interim, count, || None), count);
            assert_eq!(
                place.go_over(&interim[count..], interim.len() - count, || None),
                interim.len() - count
            );
            assert_eq!(place, Place::Between, "{count} bytes first");
        }
    }

    #[test]
    fn content_that_looks_like_a_refusal_stays_content() {
        let head = &b"HTTP/1.1 200 OK\r\n\r\n"[..];
        let sized = [head, BARE].concat();
        assert_eq!(gone_over(&sized, 3, &[Framing::Sized(BARE.len() as u64)]), sized.len());
        assert_eq!(gone_over(&sized, 3, &[Framing::UntilClose]), sized.len());
        let switched = [&b"HTTP/1.1 101 Switching Protocols\r\n\r\n"[..], BARE].concat();
        assert_eq!(gone_over(&switched, 3, &[Framing::Tunnel]), switched.len());
        let size = format!("{:X}\r\n", BARE.len());
        let chunked = [head, size.as_bytes(), BARE, b"\r\n0\r\n\r\n"].concat();
        assert_eq!(gone_over(&chunked, 3, &[Framing::Chunked]), chunked.len());
    }
}
