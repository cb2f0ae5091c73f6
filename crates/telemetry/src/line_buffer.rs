//! The way of log lines to standard error: access lines wait in a bounded buffer, all others are written at once.
//!
//! A request only appends its line, whole, and never waits for a disk or a pipe. A thread writes the lines of a few
//! milliseconds in one call. Access lines that find the buffer full are dropped and counted. Every other line, security
//! events among them, is written by the thread that logs it, behind the lines that came before. It is never dropped.

use std::{
    io::{self, Write},
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

use super::metrics;

/// Most bytes of access lines that wait to be written.
const WAITING_MAX: usize = 1024 * 1024;

/// How long access lines are gathered before they are written.
const GATHER: Duration = Duration::from_millis(20);

/// Log lines on their way out.
pub(super) struct LineBuffer {
    waiting: Mutex<Waiting>,
    /// The buffer is no longer empty.
    more: Condvar,
    out: Mutex<Out>,
}

struct Waiting {
    lines: Vec<u8>,
    /// Access lines that were dropped since the last one that found room.
    dropped: u64,
}

/// The one place that writes, so that lines keep their order.
struct Out {
    lines: Vec<u8>,
    /// `None`: standard error.
    sink: Option<Box<dyn Write + Send>>,
}

impl LineBuffer {
    /// A buffer that leads to standard error.
    pub(super) const fn new() -> Self {
        Self {
            waiting: Mutex::new(Waiting { lines: Vec::new(), dropped: 0 }),
            more: Condvar::new(),
            out: Mutex::new(Out { lines: Vec::new(), sink: None }),
        }
    }

    /// Starts the thread that writes access lines.
    pub(super) fn start(&'static self) -> io::Result<()> {
        let run = || {
            loop {
                let waiting = self.more.wait_while(lock(&self.waiting), |waiting| waiting.lines.is_empty());
                drop(waiting);
                thread::sleep(GATHER);
                self.write(&[]);
            }
        };
        thread::Builder::new().name("log".to_owned()).spawn(run).map(drop)
    }

    /// Adds an access line, or counts it as dropped.
    pub(super) fn access(&self, line: &[u8]) {
        let mut waiting = lock(&self.waiting);
        if waiting.lines.len() + line.len() > WAITING_MAX {
            waiting.dropped += 1;
            drop(waiting);
            metrics::access_line_dropped();
            return;
        }
        let was_empty = waiting.lines.is_empty();
        let dropped = mem::take(&mut waiting.dropped);
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        if was_empty {
            self.more.notify_one();
        }
        if dropped > 0 {
            tracing::warn!(dropped, "access lines came faster than they could be written");
        }
    }

    /// Writes the lines that wait, and `line` behind them.
    pub(super) fn write(&self, line: &[u8]) {
        let mut out = lock(&self.out);
        let Out { lines, sink } = &mut *out;
        mem::swap(lines, &mut lock(&self.waiting).lines);
        lines.extend_from_slice(line);
        // With standard error closed there is nobody to tell.
        let _ = match sink {
            None => io::stderr().write_all(lines),
            Some(sink) => sink.write_all(lines),
        };
        lines.clear();
    }
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
                        lines.access(&[[name; 40].as_slice(), b"\n"].concat());
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

    #[test]
    fn a_full_buffer_drops_access_lines_and_no_event() {
        let (lines, go, written) = started();
        let line = [b'x'; 1024];
        // The first write takes what is there, and then waits: a second buffer fills behind it.
        for _ in 0..3 * WAITING_MAX / line.len() {
            lines.access(&line);
        }
        assert!(lock(&lines.waiting).dropped > 0 && lock(&lines.waiting).lines.len() <= WAITING_MAX);
        let event = thread::spawn(move || lines.write(b"refused"));
        let mut all = Vec::new();
        while !all.ends_with(b"refused") {
            go.send(()).unwrap();
            all.extend(written.recv().unwrap());
        }
        event.join().unwrap();
        assert!(all.len() <= 2 * WAITING_MAX + b"refused".len());
    }
}
