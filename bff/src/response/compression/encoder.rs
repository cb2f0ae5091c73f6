//! One compression under way, and the way back.
//!
//! The levels are the fast ones, chosen by measurement over a list of todos (docs/compression.md).

mod idle;

use std::io::{self, Read as _, Write};

use brotli::{CompressorWriter, Decompressor};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use self::idle::{Gzip, Zstd};
use super::coding::Coding;

/// The first quality that takes contexts into account.
const BROTLI_QUALITY: u32 = 4;

/// Base-2 logarithm of the brotli window: 256 KiB holds most lists, and bounds what one answer takes.
const BROTLI_WINDOW: u32 = 18;

/// Bytes that brotli buffers on either side.
const BROTLI_BUFFER: usize = 4096;

/// Content being compressed.
pub(super) enum Encoder {
    Zstd(Zstd),
    Gzip(Gzip),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
}

impl Encoder {
    /// The worker's own from an answer before, or a new one.
    pub(super) fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Zstd => Self::Zstd(idle::zstd()?),
            Coding::Gzip => Self::Gzip(idle::gzip()),
            Coding::Brotli => Self::Brotli(Box::new(CompressorWriter::new(
                Vec::new(),
                BROTLI_BUFFER,
                BROTLI_QUALITY,
                BROTLI_WINDOW,
            ))),
        })
    }

    /// Takes a piece, and gives what is ready to be sent. With `flush` nothing of it is held back.
    pub(super) fn piece(&mut self, piece: &[u8], flush: bool) -> io::Result<Bytes> {
        let writer: &mut dyn Write = match self {
            Self::Zstd(encoder) => encoder,
            Self::Gzip(encoder) => encoder,
            Self::Brotli(encoder) => encoder,
        };
        writer.write_all(piece)?;
        if flush {
            writer.flush()?;
        }
        let ready = match self {
            Self::Zstd(encoder) => std::mem::take(encoder.writer_mut()),
            Self::Gzip(encoder) => std::mem::take(encoder.get_mut()),
            Self::Brotli(encoder) => std::mem::take(encoder.get_mut()),
        };
        Ok(ready.into())
    }

    /// Gives the rest. One that is dropped before, since its client has left, is not used again.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        Ok(match self {
            Self::Zstd(mut encoder) => {
                encoder.finish()?;
                idle::keep_zstd(encoder)?
            }
            Self::Gzip(encoder) => idle::keep_gzip(encoder)?,
            Self::Brotli(encoder) => encoder.into_inner(),
        }
        .into())
    }
}

/// Content whole in a coding.
pub(super) fn encoded(content: &[u8], coding: Coding) -> io::Result<Bytes> {
    let mut encoder = Encoder::new(coding)?;
    let first = encoder.piece(content, false)?;
    let rest = encoder.finish()?;
    Ok(if first.is_empty() { rest } else { [first, rest].concat().into() })
}

/// Content that is in a coding, in none. It is read up to one byte past `max`, whatever it says of itself.
pub(super) fn decoded(content: &[u8], coding: Coding, max: usize) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    let max = max as u64 + 1;
    match coding {
        Coding::Zstd => zstd::stream::read::Decoder::new(content)?.take(max).read_to_end(&mut plain)?,
        Coding::Gzip => MultiGzDecoder::new(content).take(max).read_to_end(&mut plain)?,
        Coding::Brotli => Decompressor::new(content, BROTLI_BUFFER).take(max).read_to_end(&mut plain)?,
    };
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_back_from_every_coding_in_pieces_or_whole() {
        let content: Vec<u8> = (0..200_000_u32).flat_map(|number| (number % 977).to_le_bytes()).collect();
        for coding in Coding::ALL {
            let whole = encoded(&content, coding).unwrap();
            assert!(whole.len() < content.len() / 2, "{coding:?}");
            assert_eq!(decoded(&whole, coding, content.len()).unwrap(), content, "{coding:?}");
            let mut encoder = Encoder::new(coding).unwrap();
            let mut sent = Vec::new();
            for piece in content.chunks(30_000) {
                let before = sent.len();
                sent.extend_from_slice(&encoder.piece(piece, true).unwrap());
                assert!(sent.len() > before, "{coding:?} holds a piece back");
            }
            sent.extend_from_slice(&encoder.finish().unwrap());
            assert_eq!(decoded(&sent, coding, content.len()).unwrap(), content, "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_is_read_up_to_the_cap_and_broken_content_is_an_error() {
        let zeros = vec![0; 1_000_000];
        for coding in Coding::ALL {
            let bomb = encoded(&zeros, coding).unwrap();
            assert_eq!(decoded(&bomb, coding, 1000).unwrap().len(), 1001, "{coding:?}");
            assert!(decoded(&bomb[..bomb.len() / 2], coding, 2_000_000).is_err(), "{coding:?} cut");
            assert!(decoded(b"not at all compressed", coding, 1000).is_err(), "{coding:?}");
        }
    }
}
