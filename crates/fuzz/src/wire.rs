//! Answers of an upstream on their connection, and what the HTTP client gets to see of them.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};

use upstream::wire::Wire;

/// Most bytes of a head.
const HEAD_MAX: usize = 512;

/// The first byte chooses the method, the second a size of packets; an answer follows. The client sees the same however the
/// bytes are cut. A head that it sees is final, and states its length once at most.
pub fn run(data: &[u8]) {
    let [method, size, answer @ ..] = data else { return };
    let is_head = method & 1 == 1;
    let (whole, is_whole_good) = seen(answer, answer.len().max(1), is_head);
    for size in [1, usize::from(*size).max(1)] {
        let (cut, is_cut_good) = seen(answer, size, is_head);
        assert_eq!(is_cut_good, is_whole_good, "packets of {size} bytes");
        let (shorter, longer) = if cut.len() < whole.len() { (&cut, &whole) } else { (&whole, &cut) };
        assert!(longer.starts_with(shorter), "packets of {size} bytes");
        // A connection that is about to be closed is not read behind its answer.
        let is_kept = !answer.windows(8).any(|part| part == b"timeout=");
        assert!(!is_whole_good || !is_kept || cut == whole, "packets of {size} bytes");
    }
    if is_whole_good {
        check_head(&whole, is_head);
    }
}

fn check_head(seen: &[u8], is_head: bool) {
    let mut fields = [httparse::EMPTY_HEADER; 128];
    let mut head = httparse::Response::new(&mut fields);
    let parsed = head.parse(seen);
    assert!(matches!(parsed, Ok(httparse::Status::Complete(_))), "a head that does not parse: {parsed:?}");
    let code = head.code.unwrap_or_default();
    assert!((200..600).contains(&code), "{code} is no final answer");
    let count =
        |name: &str| head.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).count();
    let lengths = count("content-length") + count("transfer-encoding");
    assert!(lengths <= 1, "two lengths");
    assert_eq!(count("upgrade"), 0, "nobody asked for another protocol");
    let is_empty = matches!(code, 204 | 304) && !is_head;
    assert!(!is_empty || lengths == 0, "a length of content that does not follow");
}

/// What is read of an answer that comes in packets of that size, after which the upstream closes, and whether it ends well.
fn seen(answer: &[u8], size: usize, is_head: bool) -> (Vec<u8>, bool) {
    let mut wire = Wire::new(Upstream { answer, size }, HEAD_MAX);
    let request: &[u8] = if is_head { b"HEAD / HTTP/1.1\r\n\r\n" } else { b"GET / HTTP/1.1\r\n\r\n" };
    let is_sent = matches!(wire.write_all(request).now_or_never(), Some(Ok(())));
    assert!(is_sent, "a request on a new connection is sent");
    let mut all = Vec::new();
    let mut piece = [0; 300];
    loop {
        match wire.read(&mut piece).now_or_never() {
            Some(Ok(0)) => return (all, true),
            Some(Ok(count)) => all.extend_from_slice(&piece[..count]),
            Some(Err(_)) | None => return (all, false),
        }
        // Whoever is given more than was sent has been given somebody else's.
        assert!(all.len() <= 2 * answer.len() + 64, "{} bytes of {}", all.len(), answer.len());
    }
}

/// An upstream that takes everything, and answers in packets.
struct Upstream<'a> {
    answer: &'a [u8],
    size: usize,
}

impl AsyncRead for Upstream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (piece, rest) = self.answer.split_at(self.size.min(self.answer.len()).min(out.remaining()));
        out.put_slice(piece);
        self.answer = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upstream<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
