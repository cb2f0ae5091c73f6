//! Content that comes line by line, as long as the server sends any.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use super::{error::ApiError, fetch::failure};

/// Makes lines of pieces that end anywhere.
#[derive(Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes the next piece in.
    pub(super) fn take_in(&mut self, piece: &mut Vec<u8>) {
        self.rest.append(piece);
    }

    /// The next line that is complete. One that never ends is never seen: its connection broke.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let after = self.rest.split_off(end + 1);
        Some(std::mem::replace(&mut self.rest, after))
    }
}

/// The lines of an answer.
pub(super) struct ContentLines {
    reader: ReadableStreamDefaultReader,
    lines: Lines,
}

impl ContentLines {
    /// The lines of this content.
    pub(super) fn of(content: &ReadableStream) -> Self {
        Self { reader: content.get_reader().unchecked_into(), lines: Lines::default() }
    }

    /// The next line, once it is there; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, ApiError> {
        loop {
            if let Some(line) = self.lines.next() {
                return Ok(Some(line));
            }
            let piece = JsFuture::from(self.reader.read()).await.map_err(|err| failure(&err))?;
            let piece = Reflect::get(&piece, &"value".into()).unwrap_or(JsValue::UNDEFINED);
            if piece.is_undefined() {
                return Ok(None);
            }
            self.lines.take_in(&mut piece.unchecked_into::<Uint8Array>().to_vec());
        }
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;

    #[test]
    fn lines_are_complete_wherever_the_pieces_end() {
        let stream = "{\"a\":1}\n\n{\"é\":\"\u{1F980}\"}\nrest".as_bytes();
        for size in 1..=stream.len() {
            let mut lines = Lines::default();
            let mut seen = Vec::new();
            for piece in stream.chunks(size) {
                lines.take_in(&mut piece.to_vec());
                while let Some(line) = lines.next() {
                    seen.push(String::from_utf8(line).unwrap());
                }
            }
            assert_eq!(seen, ["{\"a\":1}\n", "\n", "{\"é\":\"\u{1F980}\"}\n"], "{size}");
        }
    }
}
