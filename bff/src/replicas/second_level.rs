//! Answers that one replica has fetched and all may use: behind the cache of each, which asks here only where it would
//! ask the upstream.
//!
//! Only answers in nobody's name are stored. The name of a record is made of the request and of the numbers that were read
//! before it ([`http_cache::generations`]): an answer is found, and a lease is joined, only by requests that have read
//! the same. The record is sealed under its name: a writer to Redis can neither read an answer nor make one up, nor put
//! one in another's place.
//!
//! The first request that finds nothing gets a lease, others wait for its answer. While Redis is away, late or full each
//! replica fetches by itself.

use std::{
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::{Duration, Instant, SystemTime},
};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use super::budget::Budget;
use crate::{
    keys::{Seal, SessionKeys, StoreKey, seal::SealContext},
    redis::{
        Link, LinkError,
        link::Repeat,
        script::{Arg, Script},
    },
};
use http_cache::{encoding, entry::Entry, generations::Reading};

/// How long a request waits for Redis to say what it has: many times what that takes in one data centre, and less than an
/// upstream does. A Redis that stands still costs this only until the listener has noticed.
pub const LOOK_WAIT: Duration = Duration::from_millis(10);

/// How long it waits at most for an answer that another replica fetches, before it fetches one itself.
pub const FOLLOW_MAX: Duration = Duration::from_secs(2);

/// The part of its time that it waits at most: the larger one is for fetching the answer all the same.
const FOLLOW_SHARE: u32 = 4;

/// The first pause between two looks meanwhile. The others are a quarter of what it has waited already.
const FOLLOW_PAUSE: Duration = Duration::from_millis(25);

/// How long somebody may take to fetch an answer until another may.
const LEASE: Duration = Duration::from_secs(5);

/// For how long nobody waits after an answer that was not to be shared.
const PASS_FOR: Duration = Duration::from_secs(1);

/// Bytes of the largest answer that is stored, fields included.
pub const ANSWER_MAX: usize = 256 * 1024;

/// Bytes by which its record may be larger: names are written out, and it is sealed.
const RECORD_MORE: usize = 64 * 1024;

/// How long an answer is stored at most, and at least for it to be worth it.
const LIFE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// Answers that are on their way to Redis at once. One more is not stored.
const STORING_MAX: usize = 64;

/// Bytes that a record takes in Redis besides its answer, roughly.
const OVERHEAD: usize = 256;

/// Bytes by which a holder knows its lease.
const LEASE_BYTES: usize = 16;

/// What stands in the place of a lease whose answer was not to be shared.
const PASS: &str = "-";

static LOOK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("look.lua")));

/// The answers of all replicas. Cheap to clone.
#[derive(Clone)]
pub struct SecondLevel(Arc<Inner>);

struct Inner {
    link: Link,
    seal: Seal,
    /// What else an answer depends on, besides what is asked for: replicas of which this differs share nothing.
    deployment: String,
    budget: Mutex<Budget>,
    storing: Arc<Semaphore>,
}

/// What is looked for.
pub struct Wanted<'a> {
    /// Path and query below the base URL.
    pub target: &'a str,
    /// On whose terms it is answered.
    pub terms: &'a str,
    /// The numbers of what it is about.
    pub reading: &'a Reading,
    /// How much time there is for all of it.
    pub time: Duration,
}

/// What there is.
pub enum Offer {
    /// An answer, as good as one from here.
    Answer(Arc<Entry>),
    /// None: it is to be fetched, and stored by way of this.
    Fetch(FetchLease),
    /// It is to be fetched, and nobody else is to know.
    Alone,
}

/// The right to fetch an answer for all. Dropped without one, it tells the others not to wait.
pub struct FetchLease {
    answers: SecondLevel,
    name: StoreKey,
    settled: AtomicBool,
}

enum Looked {
    Answer(Arc<Entry>),
    /// Nobody has it, and we are to fetch it.
    Lead,
    /// Somebody does.
    Wait,
    /// Redis has not said anything in time.
    Late,
    /// It is of no use.
    Pass,
}

impl SecondLevel {
    /// Answers behind `link`, sealed with `keys`. Up to `max` bytes are of this replica.
    #[must_use]
    pub fn new(link: Link, keys: &SessionKeys, deployment: String, max: u64) -> Self {
        let budget = Mutex::new(Budget::new(max));
        let storing = Arc::new(Semaphore::new(STORING_MAX));
        Self(Arc::new(Inner { link, seal: Seal::new(keys), deployment, budget, storing }))
    }

    /// Looks for an answer, and waits for one that somebody fetches: [`FOLLOW_MAX`], or a quarter of the time that
    /// there is.
    pub async fn find(&self, wanted: &Wanted<'_>) -> Offer {
        let Some(numbers) = wanted.reading.shared() else { return Offer::Alone };
        let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        let parts =
            [self.0.deployment.as_bytes(), wanted.terms.as_bytes(), wanted.target.as_bytes(), &numbers];
        let mut token = [0; LEASE_BYTES];
        let name = self.0.seal.names("answer", &parts).next();
        let Some(name) = name.filter(|_| getrandom::fill(&mut token).is_ok()) else { return Offer::Alone };
        let began = Instant::now();
        let patience = FOLLOW_MAX.min(wanted.time / FOLLOW_SHARE);
        let mut waiting = false;
        loop {
            match self.look(&name, token, wanted.reading).await {
                Looked::Answer(entry) => return Offer::Answer(entry),
                Looked::Lead => return Offer::Fetch(FetchLease::new(self, name)),
                // It may be granted all the same.
                Looked::Late if !waiting => return Offer::Fetch(FetchLease::new(self, name)),
                Looked::Wait | Looked::Late if began.elapsed() < patience => {
                    let pause = FOLLOW_PAUSE.max(began.elapsed() / 4);
                    sleep(pause.min(patience.saturating_sub(began.elapsed()))).await;
                }
                Looked::Wait | Looked::Late | Looked::Pass => return Offer::Alone,
            }
            waiting = true;
        }
    }

    async fn look(&self, name: &StoreKey, token: [u8; LEASE_BYTES], reading: &Reading) -> Looked {
        let args =
            [Arg::Bytes(&token), Arg::Number(millis(LEASE)), Arg::Number((ANSWER_MAX + RECORD_MORE) as u64)];
        let [answer, lease] = keys(name);
        let keys = [answer.as_str(), lease.as_str()];
        // A lease that is ours already is granted again.
        let asking = self.0.link.run(&LOOK, &keys, &args, Repeat::Once);
        let said: Result<Result<(String, Vec<u8>), LinkError>, _> = timeout(LOOK_WAIT, asking).await;
        match said {
            Err(_) => {
                tracing::debug!("Redis has not said in time whether it has an answer");
                Looked::Late
            }
            Ok(Err(err)) => {
                tracing::debug!(error = %err, "Redis has not said whether it has an answer");
                Looked::Pass
            }
            Ok(Ok((said, answer))) => match said.as_str() {
                "answer" => self.open(name, &answer, reading).map_or(Looked::Pass, Looked::Answer),
                "lead" => Looked::Lead,
                "wait" => Looked::Wait,
                _ => Looked::Pass,
            },
        }
    }

    fn open(&self, name: &StoreKey, sealed: &[u8], reading: &Reading) -> Option<Arc<Entry>> {
        let plain = self.0.seal.open(place(name), sealed)?;
        encoding::read(&plain, reading.clone(), SystemTime::now()).map(Arc::new)
    }
}

impl FetchLease {
    fn new(answers: &SecondLevel, name: StoreKey) -> Self {
        Self { answers: answers.clone(), name, settled: AtomicBool::new(false) }
    }

    /// Stores what was fetched, in the background.
    pub fn keep(&self, entry: &Entry, now: SystemTime) {
        let kept = &self.answers.0;
        let Some(life) = life(entry, now) else { return };
        if entry.size() > ANSWER_MAX {
            return;
        }
        let bytes = (entry.size() + OVERHEAD) as u64;
        let Ok(place) = Arc::clone(&kept.storing).try_acquire_owned() else { return };
        let taken =
            kept.budget.lock().unwrap_or_else(PoisonError::into_inner).take(bytes, life, Instant::now());
        let Some(sealed) = taken.then(|| self.seal(entry)).flatten() else { return };
        self.settled.store(true, SeqCst);
        self.store(life, sealed, place);
    }

    fn seal(&self, entry: &Entry) -> Option<Vec<u8>> {
        self.answers.0.seal.seal(place(&self.name), &encoding::write(entry)?).ok()
    }

    fn store(&self, life: Duration, sealed: Vec<u8>, place: OwnedSemaphorePermit) {
        let (answers, [answer, lease]) = (self.answers.clone(), keys(&self.name));
        spawn(async move {
            let mut set = redis::cmd("SET");
            set.arg(answer).arg(sealed).arg("PX").arg(millis(life));
            let stored = answers.0.link.send::<String>(&set, Repeat::Once).await;
            // Where the lease has run out and is somebody else's by now, one asks the upstream too many.
            let over = answers.0.link.send::<u64>(redis::cmd("DEL").arg(lease), Repeat::Once).await;
            if let Err(err) = stored.map(drop).and(over.map(drop)) {
                tracing::debug!(error = %err, "an answer was not stored for other replicas");
            }
            drop(place);
        });
    }
}

impl Drop for FetchLease {
    fn drop(&mut self) {
        if self.settled.load(SeqCst) {
            return;
        }
        let (answers, [_, lease]) = (self.answers.clone(), keys(&self.name));
        spawn(async move {
            // Where it has run out and is somebody else's, nobody waits for them: no more than that.
            let mut command = redis::cmd("SET");
            command.arg(lease).arg(PASS).arg("XX").arg("PX").arg(millis(PASS_FOR));
            if let Err(err) = answers.0.link.send::<Option<String>>(&command, Repeat::Once).await {
                tracing::debug!(error = %err, "other replicas were not told that an answer is not to be shared");
            }
        });
    }
}

/// Does it behind the answer. Without a runtime the process ends, and a lease with its time.
fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(work);
    }
}

/// How long an answer is worth being stored.
fn life(entry: &Entry, now: SystemTime) -> Option<Duration> {
    let left = entry
        .freshness
        .is_fresh(now)
        .then(|| entry.freshness.lifetime.saturating_sub(entry.freshness.age(now)));
    left.map(|left| left.min(LIFE.1)).filter(|left| *left >= LIFE.0)
}

const fn place(name: &StoreKey) -> SealContext<'_> {
    SealContext { purpose: "answer", name, version: 0 }
}

/// The names of an answer and of its lease, in one slot of a cluster.
fn keys(name: &StoreKey) -> [String; 2] {
    let name = name.to_text();
    [format!("bff:stored:{{{name}}}"), format!("bff:fetching:{{{name}}}")]
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
