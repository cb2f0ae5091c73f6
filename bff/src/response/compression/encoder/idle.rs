//! Encoders that wait for the next answer: making one takes longer than compressing a small answer.

use std::{cell::RefCell, io};

use flate2::{Compress, Compression, write::ZlibEncoder};
use zstd::stream::{
    raw::{self, CParameter, Operation as _},
    zio,
};

/// zstd's default, and still the fastest of the three.
const ZSTD_LEVEL: i32 = 3;

/// Base-2 logarithm of zstd's window, as brotli's. One of its own choice would take 2 MiB for an answer.
const ZSTD_WINDOW: u32 = 18;

/// The level that is twice as fast as zlib's default, for a tenth more bytes.
const GZIP_LEVEL: u32 = 3;

/// Base-2 logarithm of gzip's window, the largest that there is.
const GZIP_WINDOW: u8 = 15;

/// Encoders of a coding that a worker keeps. More are needed only while so many answers arrive in pieces.
const KEPT_MAX: usize = 4;

/// A zstd encoder.
pub(super) type Zstd = zio::Writer<Vec<u8>, raw::Encoder<'static>>;

/// A gzip encoder: its state writes the format of RFC 1952, whatever the type is called.
pub(super) type Gzip = ZlibEncoder<Vec<u8>>;

thread_local! {
    static ZSTD: RefCell<Vec<raw::Encoder<'static>>> = const { RefCell::new(Vec::new()) };
    static GZIP: RefCell<Vec<Gzip>> = const { RefCell::new(Vec::new()) };
}

/// An encoder that has seen nothing.
pub(super) fn zstd() -> io::Result<Zstd> {
    let encoder = match ZSTD.with_borrow_mut(Vec::pop) {
        Some(encoder) => encoder,
        None => {
            let mut encoder = raw::Encoder::new(ZSTD_LEVEL)?;
            encoder.set_parameter(CParameter::WindowLog(ZSTD_WINDOW))?;
            encoder
        }
    };
    Ok(zio::Writer::new(Vec::new(), encoder))
}

/// An encoder that has seen nothing.
pub(super) fn gzip() -> Gzip {
    GZIP.with_borrow_mut(Vec::pop).unwrap_or_else(|| {
        let compress = Compress::new_gzip(Compression::new(GZIP_LEVEL), GZIP_WINDOW);
        ZlibEncoder::new_with_compress(Vec::new(), compress)
    })
}

/// Takes a finished encoder back, and gives the rest of its content.
pub(super) fn keep_zstd(encoder: Zstd) -> io::Result<Vec<u8>> {
    let (rest, mut encoder) = encoder.into_inner();
    encoder.reinit()?;
    ZSTD.with_borrow_mut(|kept| keep(kept, encoder));
    Ok(rest)
}

/// Finishes an encoder, takes it back, and gives the rest of its content.
pub(super) fn keep_gzip(mut encoder: Gzip) -> io::Result<Vec<u8>> {
    let rest = encoder.reset(Vec::new())?;
    GZIP.with_borrow_mut(|kept| keep(kept, encoder));
    Ok(rest)
}

fn keep<T>(kept: &mut Vec<T>, encoder: T) {
    if kept.len() < KEPT_MAX {
        kept.push(encoder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_uses_an_encoder_again_and_keeps_few() {
        let several: Vec<Gzip> = (0..=KEPT_MAX).map(|_| gzip()).collect();
        let zstds: Vec<Zstd> = (0..=KEPT_MAX).map(|_| zstd().unwrap()).collect();
        for encoder in several {
            keep_gzip(encoder).unwrap();
        }
        for mut encoder in zstds {
            encoder.finish().unwrap();
            keep_zstd(encoder).unwrap();
        }
        let kept = || (GZIP.with_borrow(Vec::len), ZSTD.with_borrow(Vec::len));
        assert_eq!(kept(), (KEPT_MAX, KEPT_MAX));
        drop((gzip(), zstd().unwrap()));
        assert_eq!(kept(), (KEPT_MAX - 1, KEPT_MAX - 1));
    }
}
