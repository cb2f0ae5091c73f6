//! Changes, told to all replicas and heard of by all.
//!
//! They are written into one log in Redis, which everybody reads on from the last message that they have read. That one is
//! always asked for again: where it is gone, others may have gone unread, and everything counts as changed. So
//! nothing is missed unnoticed, be it that the log was cut, that Redis has started anew, or that another one has taken
//! its place. It is read often and not waited at: a wait needs a connection of its own and proves nothing until it ends,
//! while every answer proves that up to its question nothing was missed. That it can still be written is tried as well: a
//! server that only reads has no news.
//!
//! What cannot be told is owed, and paid by telling that everything has changed. A full Redis takes no message, but it
//! forgets the log when it is told to, and that says the same. What was told and is not there when its place has been read
//! was lost with a server that had not handed it on yet: that is owed as well.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    sync::Semaphore,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    cache::{buckets::Subject, generations::Stamps, positions::Position},
    redis::{Link, LinkError, link::Repeat},
    telemetry::trace::carry,
};

/// The log.
const LOG: &str = "bff:changes";

/// Messages that it keeps, at least: minutes of them where there are many.
const LOG_MAX: usize = 10_000;

/// How long it is kept while nobody reads it, in seconds.
const LOG_LIFE: u64 = 3600;

/// How often its life is made longer, which proves that it can be written. With the looks around it that is
/// within the time for which one look is trusted.
const LOG_RENEWED: Duration = Duration::from_millis(400);

/// The pause between two looks.
pub const HEAR_EVERY: Duration = Duration::from_millis(100);

/// A look that takes longer has failed: who told something at the same time has not been waited for either.
const HEAR_WITHIN: Duration = Duration::from_millis(400);

/// Messages that one look brings.
const HEAR_MAX: usize = 500;

/// What the answer to a request that has changed something waits for others to be told of it. Telling goes on.
pub const TELL_WAIT: Duration = Duration::from_millis(10);

/// What a process that ends waits for others to be told of its last changes.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Changes that are being told at once. One more is owed.
const TELLING_MAX: usize = 1024;

/// Own messages that are looked for at once. Where there are more, all of them are taken for lost.
const UNREAD_MAX: usize = 16 * 1024;

/// Numbers in one message; who has changed more has changed everything.
const SLOTS_MAX: usize = 512;

/// The message that everything has changed. Any other is of an even length.
const EVERYTHING: &[u8] = b"*";

/// Bytes of the name that a process takes for its messages.
const WRITER_BYTES: usize = 8;

/// The way that changes take. Cheap to clone.
#[derive(Clone)]
pub struct Changes(Arc<Told>);

struct Told {
    /// Of the process, not of a worker: what is told outlives that.
    runtime: Handle,
    link: Link,
    stamps: Arc<Stamps>,
    /// Tells our own messages from others'.
    writer: [u8; WRITER_BYTES],
    /// Changes whose place in the log is not known.
    untold: AtomicUsize,
    /// Those of them that could not be told.
    owed: AtomicUsize,
    places: Arc<Semaphore>,
    /// Own messages that have not been read in the log yet, and when it was known that they are there.
    unread: Mutex<BTreeMap<Position, Instant>>,
}

/// A message's place in the log, its writer and what has changed.
type Message = (String, Vec<Vec<u8>>);

/// A change that is being told to others, or nothing to wait for. Dropped, it goes on.
#[derive(Default)]
pub struct Telling(Option<JoinHandle<()>>);

/// The task that listens; it ends when this is dropped.
pub struct Listening(JoinHandle<()>);

impl Changes {
    /// Tells what changes in `stamps` through `link`.
    #[must_use]
    pub fn new(link: Link, stamps: Arc<Stamps>) -> Self {
        let mut writer = [0; WRITER_BYTES];
        // Without randomness others' messages may look like ours: then none is taken for ours.
        let drawn = getrandom::fill(&mut writer).is_ok();
        let writer = if drawn { writer } else { [0; WRITER_BYTES] };
        let places = Arc::new(Semaphore::new(TELLING_MAX));
        let (untold, owed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let unread = Mutex::default();
        let runtime = Handle::current();
        Self(Arc::new(Told { runtime, link, stamps, writer, untold, owed, places, unread }))
    }

    /// Says that these have changed: here at once, to all others as soon as that can be.
    pub fn happened(&self, subjects: &[Subject<'_>]) -> Telling {
        self.0.untold.fetch_add(1, SeqCst);
        let slots = self.0.stamps.change(subjects);
        let place = Arc::clone(&self.0.places).try_acquire_owned().ok();
        let Some(place) = place else {
            self.0.owed.fetch_add(1, SeqCst);
            return Telling::default();
        };
        let told = Arc::clone(&self.0);
        // In a task of its own: neither the end of the wait nor a browser that leaves ends it.
        Telling(Some(self.0.runtime.spawn(carry(async move {
            match told.tell(&message(&slots)).await {
                Ok(position) => {
                    if let Some(position) = position {
                        told.stamps.change_at(&slots, position);
                        told.look_for(position);
                    }
                    told.untold.fetch_sub(1, SeqCst);
                }
                Err(err) => {
                    tracing::debug!(error = %err, "a change could not be told to other replicas yet");
                    told.owed.fetch_add(1, SeqCst);
                }
            }
            drop(place);
        }))))
    }

    /// What changes.
    #[must_use]
    pub fn stamps(&self) -> &Stamps {
        &self.0.stamps
    }

    /// Whether all changes made here have their place in the log.
    #[must_use]
    pub fn are_told(&self) -> bool {
        self.0.untold.load(SeqCst) == 0
    }

    /// Comes back when all that was changed here is told, or after a second.
    pub async fn told(&self) {
        let _ = timeout(LAST_WAIT, async {
            while !self.are_told() {
                sleep(TELL_WAIT).await;
            }
        })
        .await;
    }

    /// Listens to others, from now on. Has to be called within the runtime that shall do it.
    #[must_use]
    pub fn listen(&self) -> Listening {
        let listener = Listener {
            told: Arc::clone(&self.0),
            last: None,
            is_marked: false,
            renewed: None,
            is_deaf: false,
        };
        Listening(tokio::spawn(listener.run()))
    }
}

impl Telling {
    /// Comes back when it has been told, or after [`TELL_WAIT`].
    pub async fn wait(self) {
        if let Some(telling) = self.0 {
            let _ = timeout(TELL_WAIT, telling).await;
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Told {
    /// Tells it, and answers where; `None`: there is no log any more, or none with places.
    async fn tell(&self, message: &[u8]) -> Result<Option<Position>, LinkError> {
        match self.write("*", message).await {
            Err(LinkError::Full) => {
                // Twice is the same.
                self.link.send::<u64>(redis::cmd("DEL").arg(LOG), Repeat::Once).await?;
                // We are to take it up anew like everybody else.
                self.stamps.lost();
                Ok(None)
            }
            other => other.map(|id| Position::of(&id)),
        }
    }

    fn unread(&self) -> MutexGuard<'_, BTreeMap<Position, Instant>> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An own message is at `position`, and has to be read there, unless it has been already.
    fn look_for(&self, position: Position) {
        let mut unread = self.unread();
        // Whoever reads says so before it waits for this lock.
        if position <= self.stamps.read_so_far() {
            return;
        }
        if unread.len() >= UNREAD_MAX {
            unread.clear();
            self.owe();
        }
        unread.insert(position, Instant::now());
    }

    /// Something that cannot be told any more has to be.
    fn owe(&self) {
        self.untold.fetch_add(1, SeqCst);
        self.owed.fetch_add(1, SeqCst);
    }

    /// The log has been read to its end as it was at `asked`: our own messages until then are in it, or nowhere.
    fn miss(&self, asked: Instant) {
        let lost = {
            let mut unread = self.unread();
            let before = unread.len();
            unread.retain(|_, told| *told >= asked);
            before - unread.len()
        };
        if lost > 0 {
            tracing::warn!(lost, "changes are gone from the log; everything counts as changed");
            self.owe();
        }
    }

    /// Writes a message; `*` is the place that the server gives.
    async fn write(&self, place: &str, message: &[u8]) -> Result<String, LinkError> {
        let mut command = redis::cmd("XADD");
        command.arg(LOG).arg("MAXLEN").arg("~").arg(LOG_MAX).arg(place);
        command.arg("w").arg(&self.writer[..]).arg("c").arg(message);
        // A change that is told twice has changed once.
        self.link.send(&command, Repeat::Once).await
    }

    async fn pay(&self) {
        let owed = self.owed.load(SeqCst);
        if owed == 0 {
            return;
        }
        if let Ok(position) = self.tell(EVERYTHING).await {
            if let Some(position) = position {
                self.stamps.change_all_at(position);
                self.look_for(position);
            }
            self.owed.fetch_sub(owed, SeqCst);
            self.untold.fetch_sub(owed, SeqCst);
        }
    }

    fn apply(&self, (id, fields): &Message) -> Result<(), Deaf> {
        let position = Position::of(id).ok_or(Deaf::Place)?;
        let [_, writer, _, content] = fields.as_slice() else {
            self.apply_all(position);
            return Ok(());
        };
        let slots = slots(content);
        match &slots {
            Some(slots) => self.stamps.change_at(slots, position),
            None => self.stamps.change_all_at(position),
        }
        self.stamps.read_to(position);
        self.unread().remove(&position);
        if *writer == self.writer && self.writer != [0; WRITER_BYTES] {
            // It counted when it happened; what has been fetched since is newer.
            return Ok(());
        }
        match slots {
            Some(slots) => self.stamps.change_slots(&slots),
            None => self.stamps.change_all(),
        }
        Ok(())
    }

    fn apply_all(&self, position: Position) {
        self.stamps.change_all_at(position);
        self.stamps.read_to(position);
        self.stamps.change_all();
    }
}

/// Why nothing is heard.
#[derive(Debug, thiserror::Error)]
enum Deaf {
    #[error(transparent)]
    Link(#[from] LinkError),
    /// It did not come from a clock.
    #[error("a message in the log has an impossible place")]
    Place,
}

/// What reads the log.
struct Listener {
    told: Arc<Told>,
    /// The last message that was read.
    last: Option<String>,
    /// Whether a place in the log is known before which no answer of another replica counts.
    is_marked: bool,
    /// When the log's life was last made longer.
    renewed: Option<Instant>,
    /// Whether the log has heard so.
    is_deaf: bool,
}

impl Listener {
    async fn run(mut self) {
        loop {
            self.told.pay().await;
            let asked = Instant::now();
            let result = self.hear().await;
            let now = Instant::now();
            match result {
                Ok(true) if now.duration_since(asked) < HEAR_WITHIN => {
                    self.told.miss(asked);
                    self.heard(asked, now);
                }
                // There is more: it is read before anything is relied on.
                Ok(false) => continue,
                Ok(true) => self.lost("Redis did not answer in time"),
                Err(err) => {
                    if matches!(err, Deaf::Place) {
                        // Everybody takes it up anew then, at a place of the server's clock.
                        let _ = self.told.link.send::<u64>(redis::cmd("DEL").arg(LOG), Repeat::Once).await;
                        self.last = None;
                    }
                    self.lost(&err.to_string());
                }
            }
            sleep(HEAR_EVERY).await;
        }
    }

    /// Reads on, and answers whether that was all.
    async fn hear(&mut self) -> Result<bool, Deaf> {
        let Some(last) = self.last.clone() else { return self.begin().await };
        let mut command = redis::cmd("XRANGE");
        command.arg(LOG).arg(&last).arg("+").arg("COUNT").arg(HEAR_MAX);
        let messages: Vec<Message> = self.told.link.send(&command, Repeat::Once).await?;
        match messages.as_slice() {
            [(id, _), newer @ ..] if *id == last => {
                newer.iter().try_for_each(|message| self.told.apply(message))?;
                if let Some((id, _)) = newer.last() {
                    self.last = Some(id.clone());
                }
                self.renew().await?;
                if messages.len() == HEAR_MAX {
                    return Ok(false);
                }
                if !self.is_marked {
                    let (_, position) = self.mark(&[]).await?;
                    self.told.stamps.change_all_at(position);
                    self.is_marked = true;
                    return Ok(false);
                }
                Ok(true)
            }
            // What was read last is gone, and with it whatever else.
            _ => self.begin().await,
        }
    }

    /// Takes up the log at its end. All before is unknown, and counts as changed.
    async fn begin(&mut self) -> Result<bool, Deaf> {
        // What was read and is gone may be unknown to others, who have not read so far.
        let said = if self.last.is_some() { EVERYTHING } else { &[] };
        let (last, position) = self.mark(said).await?;
        self.renewed = None;
        self.told.unread().retain(|told, _| *told > position);
        self.told.apply_all(position);
        self.is_marked = true;
        self.last = Some(last);
        // The next look tells whether it is the end still.
        Ok(false)
    }

    /// Writes a message, for its place: what the server has in store may be older than what it had when
    /// it was last heard of. So may its clock be: then the log goes on from the last place that was known here.
    async fn mark(&self, said: &[u8]) -> Result<(String, Position), Deaf> {
        let id = self.told.write("*", said).await?;
        let position = Position::of(&id).ok_or(Deaf::Place)?;
        let known = self.told.stamps.read_so_far();
        if position > known {
            return Ok((id, position));
        }
        let id = self.told.write(&known.next().to_string(), said).await?;
        let position = Position::of(&id).ok_or(Deaf::Place)?;
        Ok((id, position))
    }

    async fn renew(&mut self) -> Result<(), Deaf> {
        if self.renewed.is_some_and(|at| at.elapsed() < LOG_RENEWED) {
            return Ok(());
        }
        let asked = Instant::now();
        let mut command = redis::cmd("EXPIRE");
        command.arg(LOG).arg(LOG_LIFE);
        self.told.link.send::<bool>(&command, Repeat::Once).await?;
        self.renewed = Some(asked);
        Ok(())
    }

    fn heard(&mut self, asked: Instant, now: Instant) {
        self.told.stamps.heard(asked, now);
        if self.is_deaf {
            self.is_deaf = false;
            tracing::info!("changes at other replicas are heard again; what was stored before is not used");
        }
    }

    fn lost(&mut self, reason: &str) {
        self.is_marked = false;
        self.told.stamps.lost();
        if !self.is_deaf {
            self.is_deaf = true;
            tracing::warn!(error = %reason, "changes at other replicas are not heard; stored answers are used for a second");
        }
    }
}

fn message(slots: &[u32]) -> Vec<u8> {
    if slots.len() > SLOTS_MAX {
        return EVERYTHING.to_vec();
    }
    slots.iter().flat_map(|slot| slot.to_be_bytes()).collect()
}

/// What has changed; `None`: everything, or nobody knows.
fn slots(message: &[u8]) -> Option<Vec<u32>> {
    let (slots, rest) = message.as_chunks::<4>();
    rest.is_empty().then(|| slots.iter().map(|slot| u32::from_be_bytes(*slot)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_has_changed_or_that_everything_has() {
        assert_eq!(slots(&message(&[1, 16383])), Some(vec![1, 16383]));
        assert_eq!(slots(&message(&[])), Some(vec![]));
        assert_eq!(slots(EVERYTHING), None);
        assert_eq!(slots(&message(&vec![7; SLOTS_MAX])), Some(vec![7; SLOTS_MAX]));
        assert_eq!(message(&vec![7; SLOTS_MAX + 1]), EVERYTHING);
    }
}
