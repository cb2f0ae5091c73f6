//! The connection to Redis that all workers share, and the fate of a command while there is none.
//!
//! One task opens the connection, watches it, and opens another where it breaks. A request never waits for that task.
//! Without a connection its command fails at once. A command whose connection breaks waits for the next one, no
//! longer than for an answer. An unreachable Redis thus costs a command at most [`ANSWER`], and after the first few
//! nothing.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{Cmd, FromRedisValue, RedisError};
use tokio::{
    sync::{Notify, Semaphore, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    address::{Connection, RedisAddress},
    script::{Arg, Script},
};
use telemetry::metrics;

/// Time limit for opening a connection, name resolution, TLS and greeting included.
pub const CONNECT: Duration = Duration::from_secs(1);

/// Time limit for the answer to a command, all attempts included.
pub const ANSWER: Duration = Duration::from_millis(500);

/// Commands under way at once; one more fails.
pub const PENDING_MAX: usize = 4096;

/// Time between probes of a connection without errors.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// The first and the longest pause between attempts to open a connection.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Reasons why a command has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LinkError {
    /// There is no connection.
    #[error("Redis cannot be reached")]
    Away,
    /// Too many commands are under way.
    #[error("too many commands to Redis are under way")]
    Busy,
    /// The answer took longer than [`ANSWER`]. The command may have been carried out.
    #[error("Redis did not answer in time")]
    Late,
    /// Redis has no memory left to write with.
    #[error("Redis is full")]
    Full,
    /// Redis refused the command, or the connection broke.
    #[error("Redis: {0}")]
    Refused(Arc<RedisError>),
}

impl LinkError {
    /// The label of the error in metrics.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Late => "late",
            Self::Full => "full",
            Self::Refused(_) => "refused",
        }
    }
}

/// Whether a command may be sent again where its answer got lost with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// A command that has the same effect once or twice.
    Once,
    /// A repeated command would have another effect.
    Never,
}

/// A handle on the shared connection to Redis. Cheap to clone.
#[derive(Clone)]
pub struct Link(Arc<LinkHandle>);

struct LinkHandle {
    is_cluster: bool,
    shared: Arc<LinkState>,
    keeper: JoinHandle<()>,
}

struct LinkState {
    state: watch::Sender<State>,
    places: Semaphore,
    doubt: Notify,
    /// The server takes no writes any more: another has to be found under the same name.
    condemned: AtomicBool,
    /// The address of the next connection.
    address: Mutex<RedisAddress>,
}

#[derive(Clone, Default)]
struct State {
    /// Number of the state, which grows with every change.
    number: u64,
    connection: Option<Connection>,
}

impl Link {
    /// Connects to `address`. It returns after [`CONNECT`] at the latest, with or without a connection, and goes on
    /// trying. The runtime that calls it keeps the connection.
    pub async fn connect(address: RedisAddress) -> Self {
        let shared = Arc::new(LinkState {
            state: watch::Sender::new(State::default()),
            places: Semaphore::new(PENDING_MAX),
            doubt: Notify::new(),
            condemned: AtomicBool::new(false),
            address: Mutex::new(address.clone()),
        });
        let first = open(&address).await;
        match &first {
            Ok(_) => tracing::info!(redis = %address, "connected to Redis"),
            Err(err) => {
                tracing::warn!(redis = %address, error = %err, "Redis cannot be reached; trying on");
            }
        }
        let first = first.ok();
        shared.publish(first.clone());
        let is_cluster = address.is_cluster();
        let keeper = Keeper { shared: Arc::clone(&shared), told_away: first.is_none() };
        let keeper = tokio::spawn(keeper.keep(first));
        Self(Arc::new(LinkHandle { is_cluster, shared, keeper }))
    }

    /// Whether the address is that of a cluster.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        self.0.is_cluster
    }

    /// Whether it connects to `address`.
    #[must_use]
    pub fn is_to(&self, address: &RedisAddress) -> bool {
        self.0.shared.address().is_same(address)
    }

    /// Checks that it could connect to `address` instead.
    ///
    /// # Errors
    /// The reason why not, within [`CONNECT`].
    pub async fn could_move_to(&self, address: &RedisAddress) -> Result<(), String> {
        if address.is_cluster() != self.0.is_cluster {
            return Err("is a cluster in the place of a server, or the other way round".to_owned());
        }
        open(address).await.map(drop).map_err(|err| format!("cannot be used: {err}"))
    }

    /// Connects to `address` from now on. The connection that is open serves until the next one is.
    pub fn move_to(&self, address: RedisAddress) {
        *self.0.shared.address.lock().unwrap_or_else(PoisonError::into_inner) = address;
        self.0.shared.condemned.store(true, Ordering::Relaxed);
        self.0.shared.doubt.notify_one();
    }

    /// Whether there is a connection.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.shared.state.borrow().connection.is_some()
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// [`LinkError`], within [`ANSWER`].
    pub async fn send<T: FromRedisValue>(&self, command: &Cmd, repeat: Repeat) -> Result<T, LinkError> {
        let began = Instant::now();
        let answer = self.0.shared.answer(command, repeat, began + ANSWER).await;
        metrics::redis_answered(answer.as_ref().map_or_else(LinkError::kind, |_| "ok"), began.elapsed());
        answer
    }

    /// Runs a script and waits for what it returns.
    ///
    /// # Errors
    /// [`LinkError`], each of its at most two attempts within [`ANSWER`].
    pub async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[&str],
        args: &[Arg<'_>],
        repeat: Repeat,
    ) -> Result<T, LinkError> {
        match self.send(&script.by_hash(keys, args), repeat).await {
            Err(LinkError::Refused(err)) if err.code() == Some("NOSCRIPT") => {
                self.send(&script.by_code(keys, args), repeat).await
            }
            other => other,
        }
    }
}

impl Drop for LinkHandle {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl LinkState {
    fn address(&self) -> RedisAddress {
        self.address.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn publish(&self, connection: Option<Connection>) {
        metrics::redis_is_up(connection.is_some());
        self.state.send_modify(|state| *state = State { number: state.number + 1, connection });
    }

    async fn answer<T: FromRedisValue>(
        &self,
        command: &Cmd,
        repeat: Repeat,
        deadline: Instant,
    ) -> Result<T, LinkError> {
        let _place = self.places.try_acquire().map_err(|_| LinkError::Busy)?;
        let answer = timeout_at(deadline, self.attempt(command, repeat)).await;
        answer.unwrap_or_else(|_| {
            self.doubt.notify_one();
            Err(LinkError::Late)
        })
    }

    async fn attempt<T: FromRedisValue>(&self, command: &Cmd, repeat: Repeat) -> Result<T, LinkError> {
        let State { number, connection } = self.state.borrow().clone();
        let mut connection = connection.ok_or(LinkError::Away)?;
        let err = match connection.send(command).await {
            Err(err) if err.is_connection_dropped() => err,
            other => return other.map_err(|err| self.classify(err)),
        };
        self.doubt.notify_one();
        if repeat == Repeat::Never {
            return Err(LinkError::Refused(Arc::new(err)));
        }
        // The caller's deadline ends this wait; the keeper outlives every caller.
        let mut states = self.state.subscribe();
        let state = states.wait_for(|state| state.number != number).await;
        let next = state.ok().and_then(|state| state.connection.clone());
        let mut next = next.ok_or(LinkError::Away)?;
        next.send(command).await.map_err(|err| self.classify(err))
    }

    fn classify(&self, err: RedisError) -> LinkError {
        if err.is_timeout() {
            self.doubt.notify_one();
            return LinkError::Late;
        }
        match err.code() {
            Some("OOM") => LinkError::Full,
            Some("READONLY") => {
                self.condemned.store(true, Ordering::Relaxed);
                self.doubt.notify_one();
                LinkError::Refused(Arc::new(err))
            }
            _ => LinkError::Refused(Arc::new(err)),
        }
    }
}

/// The task that looks after the connection.
struct Keeper {
    shared: Arc<LinkState>,
    /// Whether the log's last report was that there is no connection.
    told_away: bool,
}

/// The fault of a connection.
enum Broken {
    /// The connection is silent. A new one would, as likely as not, be silent too.
    Silent,
    /// The connection is closed. The next one may open at once.
    Closed(String),
}

impl Keeper {
    async fn keep(mut self, first: Option<Connection>) {
        let mut connection = first;
        let mut pause = PAUSE.0;
        loop {
            if let Some(open) = connection.take() {
                pause = PAUSE.0;
                match self.watch_over(open).await {
                    Broken::Silent => self.away("it does not answer"),
                    Broken::Closed(reason) => tracing::debug!(reason, "the connection to Redis broke"),
                }
            } else {
                sleep(jittered(pause)).await;
                pause = (pause * 2).min(PAUSE.1);
            }
            let address = self.shared.address();
            match open(&address).await {
                Ok(open) => {
                    self.shared.publish(Some(open.clone()));
                    if self.told_away {
                        tracing::info!(redis = %address, "Redis is back");
                        self.told_away = false;
                    }
                    connection = Some(open);
                }
                Err(err) => self.away(&err),
            }
        }
    }

    /// Returns when the connection is of no use any more.
    async fn watch_over(&self, mut connection: Connection) -> Broken {
        loop {
            let _ = timeout(PROBE_EVERY, self.shared.doubt.notified()).await;
            if self.shared.condemned.swap(false, Ordering::Relaxed) {
                return Broken::Closed("the server takes no writes, or is another now".to_owned());
            }
            match timeout(ANSWER, probe(&mut connection)).await {
                Ok(Ok(())) => {}
                Ok(Err(err)) if err.is_timeout() => return Broken::Silent,
                Ok(Err(err)) => return Broken::Closed(err.to_string()),
                Err(_) => return Broken::Silent,
            }
        }
    }

    fn away(&mut self, reason: &str) {
        self.shared.publish(None);
        if !self.told_away {
            tracing::warn!(redis = %self.shared.address(), error = %reason, "Redis cannot be reached; trying on");
            self.told_away = true;
        }
    }
}

async fn open(address: &RedisAddress) -> Result<Connection, String> {
    let opened = timeout(CONNECT, async {
        let mut connection = address.open(CONNECT, ANSWER, PENDING_MAX).await?;
        // A server greets like any other while it still reads its files, or wants a password that is not set here.
        probe(&mut connection).await?;
        Ok(connection)
    });
    match opened.await {
        Ok(result) => result.map_err(|err: RedisError| err.to_string()),
        Err(_) => Err("it does not answer".to_owned()),
    }
}

/// Probes the connection. In a cluster any node may answer; the client deals with those that do not.
async fn probe(connection: &mut Connection) -> Result<(), RedisError> {
    connection.send::<String>(redis::cmd("ECHO").arg("bff")).await.map(drop)
}

/// A random time between half of `pause` and all of it, so that many do not come at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
    // Without randomness every pause is the full one.
    let share = getrandom::u32().unwrap_or(u32::MAX);
    pause / 2 + (pause / 2).mul_f64(f64::from(share) / f64::from(u32::MAX))
}
