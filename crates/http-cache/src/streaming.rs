//! A response body of a known length that is still arriving and already shared by several readers (read-while-write).
//!
//! All of it is kept until the entry is stored: a late reader starts at the beginning, and a slow one slows no other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;

use super::entry::Entry;
use http_message::{ReplyBody, ReplyError, ReplyStream, budget::Held};

/// A response whose body is still arriving.
pub struct Streaming {
    /// The entry that it becomes, its content left out.
    pub head: Arc<Entry>,
    /// The announced length of the body in bytes.
    length: u64,
    content: Mutex<Content>,
    /// Bumped at every change of the content.
    changes: watch::Sender<u64>,
    /// The bytes that the content takes, until its last reader is done.
    _held: Held,
}

#[derive(Default)]
struct Content {
    pieces: Vec<Bytes>,
    end: Option<Result<(), String>>,
    readers: usize,
}

impl Streaming {
    /// A response of `length` bytes, none of which has arrived, and all of which are `held`.
    #[must_use]
    pub fn new(head: Arc<Entry>, length: u64, held: Held) -> Self {
        Self { head, length, content: Mutex::default(), changes: watch::Sender::new(0), _held: held }
    }

    /// The announced length of the body in bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// A body that reads from the start; `None` where the response has broken off.
    #[must_use]
    pub fn body(self: &Arc<Self>) -> Option<ReplyBody> {
        let reader = {
            let mut content = self.lock();
            if matches!(content.end, Some(Err(_))) {
                return None;
            }
            content.readers += 1;
            StreamReader { streaming: Arc::clone(self), read: 0, changes: self.changes.subscribe() }
        };
        let pieces = stream::unfold(Some(reader), |reader| async move {
            let mut reader = reader?;
            let piece = reader.next().await?;
            let rest = piece.is_ok().then_some(reader);
            Some((piece, rest))
        });
        Some(ReplyBody::Sized(self.length, pieces.boxed_local()))
    }

    /// Fills the body from `pieces`, as long as there is a reader. Returns the whole body, if it came to its end.
    pub async fn fill(&self, mut pieces: ReplyStream) -> Option<Bytes> {
        let mut changes = self.changes.subscribe();
        loop {
            let piece = tokio::select! {
                biased;
                () = self.deserted(&mut changes) => {
                    if self.abandon() {
                        return None;
                    }
                    continue;
                }
                piece = pieces.next() => piece,
            };
            match piece {
                Some(Ok(piece)) => self.push(piece),
                Some(Err(err)) => {
                    self.end(Err(err.to_string()));
                    return None;
                }
                None => {
                    let whole = self.whole();
                    self.end(Ok(()));
                    return Some(whole);
                }
            }
        }
    }

    fn push(&self, piece: Bytes) {
        self.lock().pieces.push(piece);
        self.changed();
    }

    fn end(&self, end: Result<(), String>) {
        self.lock().end = Some(end);
        self.changed();
    }

    fn whole(&self) -> Bytes {
        let content = self.lock();
        let mut whole = BytesMut::with_capacity(content.pieces.iter().map(Bytes::len).sum());
        for piece in &content.pieces {
            whole.extend_from_slice(piece);
        }
        whole.freeze()
    }

    /// Breaks the body off, unless a reader has come in the meantime.
    fn abandon(&self) -> bool {
        let mut content = self.lock();
        let deserted = content.readers == 0;
        if deserted {
            content.end = Some(Err("nobody reads it any more".to_owned()));
        }
        deserted
    }

    async fn deserted(&self, changes: &mut watch::Receiver<u64>) {
        // The sender is part of this streaming: waiting cannot fail.
        let _ = changes.wait_for(|_| self.lock().readers == 0).await;
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        // No code panics while it holds the lock; were one to, the content would still be whole.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One reader of the body; it leaves when it is dropped.
struct StreamReader {
    streaming: Arc<Streaming>,
    /// The number of pieces read.
    read: usize,
    changes: watch::Receiver<u64>,
}

impl StreamReader {
    async fn next(&mut self) -> Option<Result<Bytes, ReplyError>> {
        loop {
            self.changes.mark_unchanged();
            if let Some(next) = self.take() {
                return next;
            }
            self.changes.changed().await.ok()?;
        }
    }

    /// The next piece; `None` where it has not come yet.
    #[allow(clippy::option_option, reason = "the outer one says whether there is anything to say")]
    fn take(&mut self) -> Option<Option<Result<Bytes, ReplyError>>> {
        let content = self.streaming.lock();
        if let Some(piece) = content.pieces.get(self.read).cloned() {
            self.read += 1;
            return Some(Some(Ok(piece)));
        }
        match &content.end {
            None => None,
            Some(Ok(())) => Some(None),
            Some(Err(reason)) => Some(Some(Err(ReplyError::Broken(reason.clone())))),
        }
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        self.streaming.lock().readers -= 1;
        self.streaming.changed();
    }
}
