//! The second level of the cache, in Redis: answers that one replica has fetched and all may use. A replica looks here
//! only where it would ask the upstream.
//!
//! Only answers to requests without a session and without credentials are stored. The name of a record is made of the
//! request and of the numbers that were read before it ([`http_cache::generations`]). Only requests that have read the
//! same numbers find an answer, or join a lease. The record is sealed under its name. A writer to Redis can neither
//! read an answer nor make one up, nor put one in another's place.
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

/// How long a request waits for Redis to say whether it has an answer. That is many times the usual time in one data
/// centre, and less than an upstream takes. A Redis that stands still costs this only until the listener has noticed.
pub const LOOK_WAIT: Duration = Duration::from_millis(10);

/// How long a request waits at most for an answer that another replica fetches, before it fetches one itself.
pub const FOLLOW_MAX: Duration = Duration::from_secs(2);

/// The divisor of a request's time for that wait. The larger part of the time is for fetching the answer all the same.
const FOLLOW_SHARE: u32 = 4;

/// The first pause between two looks while waiting. Later ones are a quarter of the time waited already.
const FOLLOW_PAUSE: Duration = Duration::from_millis(25);

/// The life of a lease: how long one replica may take to fetch an answer until another may.
const LEASE: Duration = Duration::from_secs(5);

/// Hit-for-pass among replicas: how long no request waits after an answer that was not to be shared.
const PASS_FOR: Duration = Duration::from_secs(1);

/// Bytes of the largest answer that is stored, fields included.
pub const ANSWER_MAX: usize = 256 * 1024;

/// Bytes by which the record of an answer may be larger: names are written out, and it is sealed.
const RECORD_MORE: usize = 64 * 1024;

/// The shortest life for which storing an answer is worth it, and the longest that it is stored.
const LIFE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// Most answers that are on their way to Redis at once. One more is not stored.
const STORING_MAX: usize = 64;

/// Bytes that a record takes in Redis besides its answer, roughly.
const OVERHEAD: usize = 256;

/// Bytes of the token by which a holder knows its lease.
const LEASE_BYTES: usize = 16;

/// The value in the place of a lease whose answer was not to be shared.
const PASS: &str = "-";

static LOOK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("look.lua")));

/// The answers of all replicas. Cheap to clone.
#[derive(Clone)]
pub struct SecondLevel(Arc<Inner>);

struct Inner {
    link: Link,
    seal: Seal,
    /// Settings that an answer depends on besides its request: replicas that differ in them share nothing.
    deployment: String,
    budget: Mutex<Budget>,
    storing: Arc<Semaphore>,
}

/// The answer that a request looks for.
pub struct Wanted<'a> {
    /// Path and query below the base URL.
    pub target: &'a str,
    /// The terms of the answer: its route and its selected fields.
    pub terms: &'a str,
    /// The numbers of the request's buckets.
    pub reading: &'a Reading,
    /// The time that is left for the whole request.
    pub time: Duration,
}

/// The offer of the second level to a request.
pub enum Offer {
    /// An answer, as good as one from here.
    Answer(Arc<Entry>),
    /// No answer: it is to be fetched, and stored by way of this lease.
    Fetch(FetchLease),
    /// No answer: it is to be fetched for this replica alone.
    Alone,
}

/// The right to fetch an answer for all replicas. Dropped without an answer, it makes the others not wait.
pub struct FetchLease {
    answers: SecondLevel,
    name: StoreKey,
    settled: AtomicBool,
}

enum LookOutcome {
    Answer(Arc<Entry>),
    /// No answer is stored, and this replica is to fetch it.
    Lead,
    /// Another replica fetches the answer.
    Wait,
    /// Redis has not answered in time.
    Late,
    /// Neither looking nor waiting is of use.
    Pass,
}

impl SecondLevel {
    /// Answers behind `link`, sealed with `keys`. Up to `max` bytes are this replica's.
    #[must_use]
    pub fn new(link: Link, keys: &SessionKeys, deployment: String, max: u64) -> Self {
        let budget = Mutex::new(Budget::new(max));
        let storing = Arc::new(Semaphore::new(STORING_MAX));
        Self(Arc::new(Inner { link, seal: Seal::new(keys), deployment, budget, storing }))
    }

    /// Looks for an answer, and waits for one that another replica fetches: for [`FOLLOW_MAX`], or a quarter of the
    /// request's time.
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
                LookOutcome::Answer(entry) => return Offer::Answer(entry),
                LookOutcome::Lead => return Offer::Fetch(FetchLease::new(self, name)),
                // The lease may be granted all the same.
                LookOutcome::Late if !waiting => return Offer::Fetch(FetchLease::new(self, name)),
                LookOutcome::Wait | LookOutcome::Late if began.elapsed() < patience => {
                    let pause = FOLLOW_PAUSE.max(began.elapsed() / 4);
                    sleep(pause.min(patience.saturating_sub(began.elapsed()))).await;
                }
                LookOutcome::Wait | LookOutcome::Late | LookOutcome::Pass => return Offer::Alone,
            }
            waiting = true;
        }
    }

    async fn look(&self, name: &StoreKey, token: [u8; LEASE_BYTES], reading: &Reading) -> LookOutcome {
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
                LookOutcome::Late
            }
            Ok(Err(err)) => {
                tracing::debug!(error = %err, "Redis has not said whether it has an answer");
                LookOutcome::Pass
            }
            Ok(Ok((said, answer))) => match said.as_str() {
                "answer" => self.open(name, &answer, reading).map_or(LookOutcome::Pass, LookOutcome::Answer),
                "lead" => LookOutcome::Lead,
                "wait" => LookOutcome::Wait,
                _ => LookOutcome::Pass,
            },
        }
    }

    fn open(&self, name: &StoreKey, sealed: &[u8], reading: &Reading) -> Option<Arc<Entry>> {
        let plain = self.0.seal.open(context_of(name), sealed)?;
        encoding::read(&plain, reading.clone(), SystemTime::now()).map(Arc::new)
    }
}

impl FetchLease {
    fn new(answers: &SecondLevel, name: StoreKey) -> Self {
        Self { answers: answers.clone(), name, settled: AtomicBool::new(false) }
    }

    /// Stores the fetched answer, in the background.
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

    /// Makes the others not wait any longer, in the background. The answer may be stored all the same.
    pub fn release(&self) {
        if self.settled.swap(true, SeqCst) {
            return;
        }
        let (answers, [_, lease]) = (self.answers.clone(), keys(&self.name));
        spawn(async move {
            // If the lease has run out and is another replica's, no request waits for that one: no more than that.
            let mut command = redis::cmd("SET");
            command.arg(lease).arg(PASS).arg("XX").arg("PX").arg(millis(PASS_FOR));
            if let Err(err) = answers.0.link.send::<Option<String>>(&command, Repeat::Once).await {
                tracing::debug!(error = %err, "other replicas were not told that no answer is to be waited for");
            }
        });
    }

    fn seal(&self, entry: &Entry) -> Option<Vec<u8>> {
        self.answers.0.seal.seal(context_of(&self.name), &encoding::write(entry)?).ok()
    }

    fn store(&self, life: Duration, sealed: Vec<u8>, place: OwnedSemaphorePermit) {
        let (answers, [answer, lease]) = (self.answers.clone(), keys(&self.name));
        spawn(async move {
            let mut set = redis::cmd("SET");
            set.arg(answer).arg(sealed).arg("PX").arg(millis(life));
            let stored = answers.0.link.send::<String>(&set, Repeat::Once).await;
            // If the lease has run out and is another replica's by now, one request too many asks the upstream.
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
        self.release();
    }
}

/// Runs `work` behind the answer. Without a runtime the process is ending, and a lease ends with its time.
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

const fn context_of(name: &StoreKey) -> SealContext<'_> {
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
