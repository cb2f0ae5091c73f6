//! What happens to todos, as server-sent events (WHATWG HTML §9.2).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde::Serialize;
use tokio::sync::watch;

use crate::in_flight::InFlightRequest;

/// Events that can be read again by `Last-Event-ID`; the oldest are forgotten.
const KEPT_MAX: usize = 1000;

/// Time between two comments, in which nothing happens. Servers in between end what is silent for a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The events of all todos.
#[derive(Debug)]
pub(crate) struct Events {
    log: Mutex<Log>,
    /// The id of the last event; `None` after the end.
    last: watch::Sender<Option<u64>>,
}

#[derive(Debug)]
struct Log {
    last: u64,
    kept: VecDeque<(u64, String)>,
}

/// One reader's place.
struct Reader {
    /// The id of the last event that it has.
    seen: u64,
    /// What it is told before anything else.
    greeting: String,
    changed: watch::Receiver<Option<u64>>,
    _in_flight: InFlightRequest,
}

impl Default for Events {
    fn default() -> Self {
        // Ids go on after a restart, so that those of the process before are too old and not mistaken.
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let last = u64::try_from(began.as_millis()).unwrap_or_default();
        Self { log: Mutex::new(Log { last, kept: VecDeque::new() }), last: watch::Sender::new(Some(last)) }
    }
}

impl Events {
    /// Tells all readers that `name` has happened to a todo.
    pub(crate) fn tell(&self, name: &str, todo: &impl Serialize) {
        let Ok(data) = serde_json::to_string(todo) else { return };
        let mut log = self.log();
        log.last += 1;
        let id = log.last;
        log.kept.push_back((id, format!("id: {id}\nevent: {name}\ndata: {data}\n\n")));
        while log.kept.len() > KEPT_MAX {
            log.kept.pop_front();
        }
        self.last.send_replace(Some(id));
    }

    /// Ends all readers' streams, and those that begin after this.
    pub(crate) fn close(&self) {
        self.last.send_replace(None);
    }

    /// The events after the one that `last_event_id` names, or from now on. A reader whose id is unknown, or too old, is told to
    /// read anew by an event `reset`.
    pub(crate) fn read(
        self: &Arc<Self>,
        last_event_id: Option<&str>,
        in_flight: InFlightRequest,
    ) -> impl Stream<Item = Bytes> + use<> {
        let (seen, greeting) = self.log().place(last_event_id);
        let reader = Reader { seen, greeting, changed: self.last.subscribe(), _in_flight: in_flight };
        stream::unfold((Arc::clone(self), reader), |(events, mut reader)| async move {
            let text = events.next(&mut reader).await?;
            Some((text, (events, reader)))
        })
    }

    /// What a reader is told next; `None` at the end.
    async fn next(&self, reader: &mut Reader) -> Option<Bytes> {
        if !reader.greeting.is_empty() {
            return Some(std::mem::take(&mut reader.greeting).into());
        }
        loop {
            // Seen before the log is read, so that an event in between is heard of.
            (*reader.changed.borrow_and_update())?;
            if let Some(text) = self.log().after(&mut reader.seen) {
                return Some(text.into());
            }
            if tokio::time::timeout(HEARTBEAT, reader.changed.changed()).await.is_err() {
                return Some(Bytes::from_static(b":\n\n"));
            }
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        // No code panics while it holds the lock; were one to, the events would still be whole.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// The place of a reader, and what it is told first.
    fn place(&self, last_event_id: Option<&str>) -> (u64, String) {
        let Some(given) = last_event_id else { return (self.last, ":\n\n".to_owned()) };
        let oldest = self.kept.front().map_or(self.last, |(id, _)| id - 1);
        match given.trim().parse() {
            Ok(seen) if (oldest..=self.last).contains(&seen) => (seen, ":\n\n".to_owned()),
            _ => (self.last, format!("id: {}\nevent: reset\ndata: {{}}\n\n", self.last)),
        }
    }

    /// All events after `seen`, which moves on to the last.
    fn after(&self, seen: &mut u64) -> Option<String> {
        // A reader that was too slow has lost some: it reads anew.
        if self.kept.front().is_some_and(|(id, _)| *seen + 1 < *id) {
            *seen = self.last;
            return Some(self.place(Some("")).1);
        }
        let new = self.kept.iter().skip_while(|(id, _)| *id <= *seen);
        let text: String = new.map(|(_, text)| text.as_str()).collect();
        *seen = self.last;
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: u64) -> Events {
        let events = Events::default();
        events.log().last = 100;
        (0..count).for_each(|number| events.tell("updated", &number));
        events
    }

    #[test]
    fn a_reader_goes_on_after_the_event_that_it_names() {
        let events = of(3);
        let log = events.log();
        for (given, missed) in [(Some("103"), 0), (Some("102"), 1), (Some("100"), 3), (None, 0)] {
            let (mut seen, greeting) = log.place(given);
            assert_eq!(greeting, ":\n\n", "{given:?}");
            let text = log.after(&mut seen).unwrap_or_default();
            assert_eq!(text.matches("event: updated").count(), missed, "{given:?}");
        }
        for unknown in ["99", "104", "x", ""] {
            let (seen, greeting) = log.place(Some(unknown));
            assert_eq!((seen, greeting.as_str()), (103, "id: 103\nevent: reset\ndata: {}\n\n"), "{unknown}");
        }
    }

    #[test]
    fn the_oldest_events_are_forgotten_and_their_readers_read_anew() {
        let events = of(KEPT_MAX as u64 + 5);
        let log = events.log();
        assert_eq!(log.kept.len(), KEPT_MAX);
        assert!(log.place(Some("104")).1.contains("reset"));
        assert!(!log.place(Some("105")).1.contains("reset"));
        let mut seen = 103;
        assert!(log.after(&mut seen).unwrap().contains("reset"));
        assert_eq!(seen, log.last);
    }
}
