//! Answers on their way to a browser: where each ends, and that nothing leaves which the app has not announced.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};

use bff::connection::{Client, ClientLimits, Framing, Watched};

const LONG: Duration = Duration::from_secs(60);

const LIMITS: ClientLimits = ClientLimits { head: LONG, unread: LONG, idle: LONG };

/// The first byte says how many answers are announced, as many bytes their framings, and one more the bytes that a socket takes
/// at once; what the framework writes follows. The same bytes pass, however few the socket takes.
pub fn run(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else { return };
    let Some((framings, rest)) = rest.split_at_checked(usize::from(count % 4)) else { return };
    let Some((size, written)) = rest.split_first() else { return };
    let announced: Vec<Framing> = framings.iter().map(framing).collect();
    let whole = passed(written, written.len().max(1), &announced);
    for size in [1, usize::from(*size).max(1)] {
        assert_eq!(passed(written, size, &announced), whole, "a socket that takes {size} bytes at once");
    }
    if announced.is_empty() && !written.starts_with(b"HTTP/1.1 100") {
        assert_eq!(whole, 0, "nobody has announced that answer");
    }
}

fn framing(byte: &u8) -> Framing {
    match *byte {
        0 => Framing::Chunked,
        1 => Framing::UntilClose,
        more => Framing::Sized(u64::from(more) - 2),
    }
}

/// How many of the bytes pass as they are; a refusal takes the place of the rest.
fn passed(written: &[u8], size: usize, announced: &[Framing]) -> usize {
    let taken = Rc::new(RefCell::new(Vec::new()));
    let socket = Socket { taken: Rc::clone(&taken), size };
    let client = Client { address: None, https: true };
    let mut connection = Watched::new(socket, client, LIMITS);
    announced.iter().for_each(|framing| connection.conversation().answered(*framing));
    let mut passed = 0;
    while passed < written.len() {
        let count = match connection.write(&written[passed..]).now_or_never() {
            Some(Ok(count)) if count > 0 => count,
            _ => break,
        };
        assert!(count <= written.len() - passed, "more bytes than were given");
        if taken.borrow().as_slice() != &written[..passed + count] {
            break;
        }
        passed += count;
    }
    assert!(taken.borrow().starts_with(&written[..passed]), "what passes is not changed");
    passed
}

/// A socket that takes few bytes at once.
struct Socket {
    taken: Rc<RefCell<Vec<u8>>>,
    size: usize,
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let piece = &bytes[..self.size.min(bytes.len())];
        self.taken.borrow_mut().extend_from_slice(piece);
        Poll::Ready(Ok(piece.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
