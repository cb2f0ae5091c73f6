//! A body of unknown length, gathered while its one reader reads it.

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};

use http_message::{ReplyStream, budget::Held};

/// Passes `pieces` on, and gives `done` the whole body once the reader has read it to its end. A body that may not be
/// `held` is passed on and not kept.
pub fn gathered(pieces: ReplyStream, held: Held, done: impl FnOnce(Bytes) + 'static) -> ReplyStream {
    let kept = Some((BytesMut::new(), held, done));
    let gathered = stream::unfold((pieces, kept), move |(mut pieces, mut kept)| async move {
        let Some(piece) = pieces.next().await else {
            if let Some((content, _held, done)) = kept {
                done(content.freeze());
            }
            return None;
        };
        match &piece {
            Ok(piece) => {
                kept = kept.filter(|(_, held, _)| held.add(piece.len()).is_ok());
                if let Some((content, ..)) = &mut kept {
                    content.extend_from_slice(piece);
                }
            }
            Err(_) => kept = None,
        }
        Some((piece, (pieces, kept)))
    });
    gathered.boxed_local()
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use futures_util::FutureExt as _;

    use super::*;
    use http_message::{ReplyError, budget::Budget};

    fn kept(pieces: Vec<Result<&'static str, ReplyError>>, max: u64) -> (usize, Option<Bytes>) {
        let pieces: Vec<_> = pieces.into_iter().map(|piece| piece.map(Bytes::from)).collect();
        let found = Rc::new(RefCell::new(None));
        let done = Rc::clone(&found);
        let passed =
            gathered(stream::iter(pieces).boxed_local(), Budget::new(max).hold(max), move |content| {
                done.replace(Some(content));
            });
        let passed = passed.count().now_or_never().unwrap();
        let content = found.take();
        (passed, content)
    }

    #[test]
    fn a_body_is_kept_where_it_comes_to_its_end_within_the_limit() {
        assert_eq!(kept(vec![Ok("one"), Ok("two")], 6), (2, Some(Bytes::from("onetwo"))));
        assert_eq!(kept(vec![Ok("one"), Ok("two")], 5), (2, None));
        assert_eq!(kept(vec![Ok("one"), Err(ReplyError::TimedOut)], 6), (2, None));
        assert_eq!(kept(Vec::new(), 6), (0, Some(Bytes::new())));
    }
}
