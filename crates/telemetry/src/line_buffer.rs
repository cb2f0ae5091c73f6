//! The way of log lines to standard error: access lines wait in a bounded buffer, all others are written at once.
//!
//! A request only appends its access line, whole, and waits for no disk and no pipe. A thread writes the lines of a few
//! milliseconds in one call. Access lines that find the buffer full are dropped and counted.
//!
//! Every other line is written by the thread that logs it, behind the lines that came before. Security events are among
//! them. They are never dropped.

use std::{
    io::{self, ErrorKind, Write},
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

use super::metrics;

/// Most bytes of access lines that wait to be written.
const WAITING_MAX: usize = 1024 * 1024;

/// Bytes of these that only lines of faults may take: an operator looks for them when there is too much of all others.
const FOR_FAULTS: usize = 64 * 1024;

/// How long access lines are gathered before they are written. A buffer that is half full does not wait.
const GATHER: Duration = Duration::from_millis(20);

/// The pause before another attempt where standard error takes nothing at the moment.
const AGAIN_AFTER: Duration = Duration::from_millis(5);

/// Log lines on their way out.
pub(super) struct LineBuffer {
    waiting: Mutex<Waiting>,
    /// The buffer is no longer empty, or is half full.
    more: Condvar,
    out: Mutex<Out>,
}

struct Waiting {
    lines: Vec<u8>,
    /// Access lines that were dropped and not yet reported.
    dropped: u64,
}

/// The one place that writes, so that lines keep their order.
struct Out {
    lines: Vec<u8>,
    /// Whether the last write broke off within a line.
    torn: bool,
    /// `None`: standard error.
    sink: Option<Box<dyn Write + Send>>,
}

impl LineBuffer {
    /// A buffer that leads to standard error.
    pub(super) const fn new() -> Self {
        Self {
            waiting: Mutex::new(Waiting { lines: Vec::new(), dropped: 0 }),
            more: Condvar::new(),
            out: Mutex::new(Out { lines: Vec::new(), torn: false, sink: None }),
        }
    }

    /// Starts the thread that writes access lines, and reports those that were dropped.
    pub(super) fn start(&'static self) -> io::Result<()> {
        let run = || {
            loop {
                let waiting = self.more.wait_while(lock(&self.waiting), |waiting| waiting.lines.is_empty());
                let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
                let has_room = |waiting: &mut Waiting| waiting.lines.len() < WAITING_MAX / 2;
                drop(self.more.wait_timeout_while(waiting, GATHER, has_room));
                self.write(&[]);
                let dropped = mem::take(&mut lock(&self.waiting).dropped);
                if dropped > 0 {
                    tracing::warn!(dropped, "access lines came faster than they could be written");
                }
            }
        };
        thread::Builder::new().name("log".to_owned()).spawn(run).map(drop)
    }

    /// Adds an access line, or counts it as dropped.
    pub(super) fn access(&self, line: &[u8], is_fault: bool) {
        let mut waiting = lock(&self.waiting);
        let before = waiting.lines.len();
        let after = before + line.len();
        if after > if is_fault { WAITING_MAX } else { WAITING_MAX - FOR_FAULTS } {
            waiting.dropped += 1;
            drop(waiting);
            metrics::access_lines_dropped(1);
            return;
        }
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        let half = WAITING_MAX / 2;
        if before == 0 || (before < half && after >= half) {
            self.more.notify_one();
        }
    }

    /// Writes the lines that wait, and `line` behind them.
    pub(super) fn write(&self, line: &[u8]) {
        let mut out = lock(&self.out);
        let Out { lines, torn, sink } = &mut *out;
        mem::swap(lines, &mut lock(&self.waiting).lines);
        lines.extend_from_slice(line);
        if *torn && !lines.is_empty() {
            lines.insert(0, b'\n');
        }
        let written = match sink {
            None => write_all(&mut io::stderr(), lines),
            Some(sink) => write_all(sink, lines),
        };
        if let Some(last) = lines[..written].last() {
            *torn = *last != b'\n';
        }
        // Where standard error is closed or its disk full there is nobody to tell, but the number is known.
        let lost = lines[written..].iter().filter(|byte| **byte == b'\n').count();
        metrics::access_lines_dropped(lost as u64);
        lines.clear();
    }
}

/// Writes `lines` as far as `sink` takes them, and returns how many bytes that were.
fn write_all(sink: &mut impl Write, lines: &[u8]) -> usize {
    let mut written = 0;
    while written < lines.len() {
        match sink.write(&lines[written..]) {
            Ok(0) => break,
            Ok(count) => written += count,
            Err(err) if err.kind() == ErrorKind::Interrupted => {}
            // A parent process may have left a pipe that does not block.
            Err(err) if err.kind() == ErrorKind::WouldBlock => thread::sleep(AGAIN_AFTER),
            Err(_) => break,
        }
    }
    written
}

/// Locks. No code panics while it holds a lock; were one to, the lines would still be whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One event of `tracing`, which comes in one piece.
pub(super) struct Line<'a>(&'a LineBuffer);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for &'static LineBuffer {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Takes a piece only when it is told to, and hands out what it took.
    struct Slow {
        go: mpsc::Receiver<()>,
        out: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Slow {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            self.go.recv().map_err(io::Error::other)?;
            self.out.send(piece.to_vec()).map_err(io::Error::other)?;
            Ok(piece.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn started() -> (&'static LineBuffer, mpsc::Sender<()>, mpsc::Receiver<Vec<u8>>) {
        let ((go, wait), (out, written)) = (mpsc::channel(), mpsc::channel());
        let lines: &'static LineBuffer = Box::leak(Box::new(LineBuffer::new()));
        lock(&lines.out).sink = Some(Box::new(Slow { go: wait, out }));
        lines.start().unwrap();
        (lines, go, written)
    }

    #[test]
    fn lines_of_many_threads_are_whole_and_gathered_into_few_writes() {
        let (lines, go, written) = started();
        thread::scope(|scope| {
            for name in b'a'..b'i' {
                scope.spawn(move || {
                    for _ in 0..500 {
                        lines.access(&[[name; 40].as_slice(), b"\n"].concat(), false);
                    }
                });
            }
        });
        let (mut all, mut writes) = (Vec::new(), 0);
        while all.len() < 8 * 500 * 41 {
            go.send(()).unwrap();
            all.extend(written.recv().unwrap());
            writes += 1;
        }
        assert!(writes <= 8, "{writes}");
        let whole = |line: &[u8]| line.len() == 40 && line.iter().all(|byte| *byte == line[0]);
        assert!(all.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n').all(whole));
    }

    /// Lets the sink go on until it has taken `end`.
    fn until(go: &mpsc::Sender<()>, written: &mpsc::Receiver<Vec<u8>>, end: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        while !all.ends_with(end) {
            go.send(()).unwrap();
            all.extend(written.recv().unwrap());
        }
        all
    }

    #[test]
    fn a_full_buffer_drops_access_lines_and_no_event() {
        let (lines, go, written) = started();
        // The sink takes nothing: a first buffer is stuck in the write, a second one fills behind it.
        for length in (1..=3 * WAITING_MAX / 512).map(|number| 512 + number % 512) {
            lines.access(&vec![b'x'; length], false);
        }
        let dropped = lock(&lines.waiting).dropped;
        assert!(dropped > 0 && lock(&lines.waiting).lines.len() <= WAITING_MAX - FOR_FAULTS);
        lines.access(b"short", false);
        lines.access(b"a fault", true);
        assert!(lock(&lines.waiting).lines.ends_with(b"a fault"));
        let event = thread::spawn(move || lines.write(b"refused"));
        let all = until(&go, &written, b"refused");
        event.join().unwrap();
        assert!(all.len() <= 2 * WAITING_MAX + b"refused".len());
    }

    /// Takes ten bytes, then fails once, then takes everything.
    struct Full(usize, mpsc::Sender<Vec<u8>>);

    impl Write for Full {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => Err(ErrorKind::WouldBlock.into()),
                3 => Err(ErrorKind::StorageFull.into()),
                turn => {
                    let count = if turn == 2 { piece.len().min(10) } else { piece.len() };
                    self.1.send(piece[..count].to_vec()).map_err(io::Error::other)?;
                    Ok(count)
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_broke_off_does_not_spoil_the_next_one() {
        let (out, written) = mpsc::channel();
        let lines = LineBuffer::new();
        lock(&lines.out).sink = Some(Box::new(Full(0, out)));
        lines.write(b"a long line\nanother\n");
        lines.write(b"");
        lines.write(b"the next\n");
        let all: Vec<u8> = written.try_iter().flatten().collect();
        assert_eq!(all, b"a long lin\nthe next\n");
    }
}
