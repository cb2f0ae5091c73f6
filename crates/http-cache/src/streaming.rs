//! A response body that is still arriving and already shared by several readers (read-while-write).
//!
//! Bytes are kept until the entry is stored, so that a late reader starts at the beginning. A body too large to store
//! goes to its present readers at the pace of the slowest. The window is as many bytes as might have been stored.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;

use super::entry::Entry;
use http_message::{ReplyBody, ReplyError, ReplyStream};

/// A response whose body is still arriving.
pub struct Streaming {
    /// The entry that it becomes, its content left out.
    pub head: Arc<Entry>,
    /// The announced length of the body in bytes, where there is one.
    length: Option<u64>,
    window: usize,
    content: Mutex<Content>,
    /// Bumped at every change of the content.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Content {
    pieces: VecDeque<Bytes>,
    /// The number of pieces dropped from the front.
    gone: usize,
    bytes: usize,
    end: Option<Result<(), String>>,
    /// The position of each reader, in pieces.
    readers: BTreeMap<u64, usize>,
    next_reader: u64,
    too_long: bool,
}

impl Streaming {
    /// A response of which no byte has arrived; up to `window` bytes of it are kept.
    #[must_use]
    pub fn new(head: Arc<Entry>, length: Option<u64>, window: usize) -> Self {
        Self { head, length, window, content: Mutex::default(), changes: watch::Sender::new(0) }
    }

    /// A body that reads from the start; `None` where the start is dropped, or the response has broken off.
    #[must_use]
    pub fn body(self: &Arc<Self>) -> Option<ReplyBody> {
        let reader = {
            let mut content = self.lock();
            if content.gone > 0 || matches!(content.end, Some(Err(_))) {
                return None;
            }
            let id = content.next_reader;
            content.next_reader += 1;
            content.readers.insert(id, 0);
            StreamReader { streaming: Arc::clone(self), id, changes: self.changes.subscribe() }
        };
        let pieces = stream::unfold(Some(reader), |reader| async move {
            let mut reader = reader?;
            let piece = reader.next().await?;
            let rest = piece.is_ok().then_some(reader);
            Some((piece, rest))
        });
        let pieces = pieces.boxed_local();
        Some(match self.length {
            Some(length) => ReplyBody::Sized(length, pieces),
            None => ReplyBody::Stream(pieces),
        })
    }

    /// Fills the body from `pieces`, as long as there is a reader. Returns the whole body, if it came to its end and
    /// is not too long.
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
                piece = async { self.room().await; pieces.next().await } => piece,
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
                    return whole;
                }
            }
        }
    }

    fn push(&self, piece: Bytes) {
        let mut content = self.lock();
        content.bytes += piece.len();
        content.pieces.push_back(piece);
        content.too_long |= content.bytes > self.window;
        content.trim();
        drop(content);
        self.changed();
    }

    fn end(&self, end: Result<(), String>) {
        self.lock().end = Some(end);
        self.changed();
    }

    fn whole(&self) -> Option<Bytes> {
        let content = self.lock();
        if content.too_long {
            return None;
        }
        let mut whole = BytesMut::with_capacity(content.bytes);
        for piece in &content.pieces {
            whole.extend_from_slice(piece);
        }
        Some(whole.freeze())
    }

    /// Breaks the body off, unless a reader has come in the meantime.
    fn abandon(&self) -> bool {
        let mut content = self.lock();
        let deserted = content.readers.is_empty();
        if deserted {
            content.end = Some(Err("nobody reads it any more".to_owned()));
        }
        deserted
    }

    async fn deserted(&self, changes: &mut watch::Receiver<u64>) {
        // The sender is part of this streaming: waiting cannot fail.
        let _ = changes.wait_for(|_| self.lock().readers.is_empty()).await;
    }

    /// Waits until there is room for another piece.
    async fn room(&self) {
        let mut changes = self.changes.subscribe();
        let has_room = |_: &u64| {
            let content = self.lock();
            !content.too_long || content.bytes <= self.window
        };
        let _ = changes.wait_for(has_room).await;
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        // No code panics while it holds the lock; were one to, the content would still be whole.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Drops the pieces that every reader has read, once the body is too long.
    fn trim(&mut self) {
        let slowest = self.readers.values().copied().min().unwrap_or(usize::MAX);
        while self.too_long && self.gone < slowest {
            let Some(piece) = self.pieces.pop_front() else { break };
            self.bytes -= piece.len();
            self.gone += 1;
        }
    }
}

/// One reader of the body; it leaves when it is dropped.
struct StreamReader {
    streaming: Arc<Streaming>,
    id: u64,
    changes: watch::Receiver<u64>,
}

impl StreamReader {
    async fn next(&mut self) -> Option<Result<Bytes, ReplyError>> {
        loop {
            self.changes.mark_unchanged();
            if let Some(next) = self.take() {
                self.streaming.changed();
                return next;
            }
            self.changes.changed().await.ok()?;
        }
    }

    /// The next piece; `None` where it has not come yet.
    #[allow(clippy::option_option, reason = "the outer one says whether there is anything to say")]
    fn take(&self) -> Option<Option<Result<Bytes, ReplyError>>> {
        let mut content = self.streaming.lock();
        let at = content.readers.get(&self.id).copied().unwrap_or_default();
        if let Some(piece) = content.pieces.get(at - content.gone).cloned() {
            content.readers.insert(self.id, at + 1);
            content.trim();
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
        let mut content = self.streaming.lock();
        content.readers.remove(&self.id);
        content.trim();
        drop(content);
        self.streaming.changed();
    }
}
