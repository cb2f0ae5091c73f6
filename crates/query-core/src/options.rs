//! The options of an application, and of a single query.

use std::time::Duration;

use crate::kind::Kind;
use crate::retry::{Backoff, Retry, Verdicts, wait_before_retry};
use crate::value::Value;

/// Whether an occasion, such as the page coming to the front, fetches a query again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refetch {
    /// It does not.
    Never,
    /// It does where the data is stale.
    Stale,
    /// It does, fresh or not.
    Always,
}

impl From<bool> for Refetch {
    fn from(refetch: bool) -> Self {
        if refetch { Self::Stale } else { Self::Never }
    }
}

/// What a query does without a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NetworkMode {
    /// Attempts wait until the network is back.
    #[default]
    Online,
    /// Attempts are made whether there is a network or not: nothing of it is asked.
    Always,
    /// The first attempt is made, since a service worker may have the answer. Further ones wait.
    OfflineFirst,
}

/// The choices of an application, for every query that does not choose for itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct QueryDefaults {
    /// How long fetched data counts as fresh and is shown without asking again. 60 s.
    pub stale_time: Duration,
    /// How long data without an observer is kept. 5 min.
    pub gc_time: Duration,
    /// How many times a failed fetch is tried again, if its error asks for it. 3.
    pub retries: u32,
    /// How long it waits for that. From 1 s to 30 s.
    pub backoff: Backoff,
    /// Whether a component that appears fetches what failed before. On.
    pub retry_on_mount: bool,
    /// Whether a component that appears fetches again. Where the data is stale.
    pub refetch_on_mount: Refetch,
    /// Whether data is fetched again when the page comes to the front. Never.
    pub refetch_on_window_focus: Refetch,
    /// Whether data is fetched again when the network comes back. Where it is stale.
    pub refetch_on_reconnect: Refetch,
    /// What is done without a network. Attempts wait.
    pub network_mode: NetworkMode,
    /// Which errors are worth another attempt. All, unless said otherwise.
    pub verdicts: Verdicts,
}

impl Default for QueryDefaults {
    fn default() -> Self {
        Self {
            stale_time: Duration::from_secs(60),
            gc_time: Duration::from_secs(5 * 60),
            retries: 3,
            backoff: Backoff::default(),
            retry_on_mount: true,
            refetch_on_mount: Refetch::Stale,
            refetch_on_window_focus: Refetch::Never,
            refetch_on_reconnect: Refetch::Stale,
            network_mode: NetworkMode::default(),
            verdicts: Verdicts::default(),
        }
    }
}

impl QueryDefaults {
    /// See the field.
    #[must_use]
    pub fn stale_time(self, stale_time: Duration) -> Self {
        Self { stale_time, ..self }
    }

    /// See the field.
    #[must_use]
    pub fn gc_time(self, gc_time: Duration) -> Self {
        Self { gc_time, ..self }
    }

    /// See the field.
    #[must_use]
    pub fn retries(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    /// See the field.
    #[must_use]
    pub fn backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// See the field.
    #[must_use]
    pub fn retry_on_mount(self, retry_on_mount: bool) -> Self {
        Self { retry_on_mount, ..self }
    }

    /// See the field.
    #[must_use]
    pub fn refetch_on_mount(self, refetch: impl Into<Refetch>) -> Self {
        Self { refetch_on_mount: refetch.into(), ..self }
    }

    /// See the field.
    #[must_use]
    pub fn refetch_on_window_focus(self, refetch: impl Into<Refetch>) -> Self {
        Self { refetch_on_window_focus: refetch.into(), ..self }
    }

    /// See the field.
    #[must_use]
    pub fn refetch_on_reconnect(self, refetch: impl Into<Refetch>) -> Self {
        Self { refetch_on_reconnect: refetch.into(), ..self }
    }

    /// See the field.
    #[must_use]
    pub fn network_mode(self, network_mode: NetworkMode) -> Self {
        Self { network_mode, ..self }
    }

    /// Says which errors of type `E` are worth another attempt, and when it is made.
    #[must_use]
    pub fn verdict<E: 'static>(mut self, verdict: impl Fn(&E) -> Retry + 'static) -> Self {
        self.verdicts.add(verdict);
        self
    }
}

/// The choices of one observer of a query.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// The type that the observer expects of the data; `None`: any.
    pub kind: Option<Kind>,
    /// Whether this observer makes the query fetch by itself. A disabled one still sees what others fetch.
    pub enabled: bool,
    /// See [`QueryDefaults::stale_time`].
    pub stale_time: Duration,
    /// See [`QueryDefaults::gc_time`]. Of several observers the longest counts.
    pub gc_time: Duration,
    /// See [`QueryDefaults::retries`].
    pub retries: u32,
    /// See [`QueryDefaults::backoff`].
    pub backoff: Backoff,
    /// See [`QueryDefaults::retry_on_mount`].
    pub retry_on_mount: bool,
    /// See [`QueryDefaults::refetch_on_mount`].
    pub refetch_on_mount: Refetch,
    /// See [`QueryDefaults::refetch_on_window_focus`].
    pub refetch_on_window_focus: Refetch,
    /// See [`QueryDefaults::refetch_on_reconnect`].
    pub refetch_on_reconnect: Refetch,
    /// See [`QueryDefaults::network_mode`].
    pub network_mode: NetworkMode,
    /// The time after its last attempt or write at which the query is fetched again, while the page is visible. Zero: never.
    pub refetch_interval: Option<Duration>,
    /// Whether the interval goes on while the page is hidden.
    pub refetch_interval_in_background: bool,
    /// After a change of key, show the data of the old key until the new one has its own.
    pub keep_previous_data: bool,
    /// Shown, and never cached, while there is no data.
    pub placeholder: Option<Value>,
    /// Whatever the application wants to know of the query elsewhere.
    pub meta: Option<Value>,
}

impl Options {
    /// An enabled observer with an application's defaults.
    pub fn new(defaults: &QueryDefaults) -> Self {
        Self {
            kind: None,
            enabled: true,
            stale_time: defaults.stale_time,
            gc_time: defaults.gc_time,
            retries: defaults.retries,
            backoff: defaults.backoff,
            retry_on_mount: defaults.retry_on_mount,
            refetch_on_mount: defaults.refetch_on_mount,
            refetch_on_window_focus: defaults.refetch_on_window_focus,
            refetch_on_reconnect: defaults.refetch_on_reconnect,
            network_mode: defaults.network_mode,
            refetch_interval: None,
            refetch_interval_in_background: false,
            keep_previous_data: false,
            placeholder: None,
            meta: None,
        }
    }

    /// How a fetch for this observer is made.
    #[must_use]
    pub fn plan(&self) -> Plan {
        Plan { retries: self.retries, backoff: self.backoff, network_mode: self.network_mode }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(&QueryDefaults::default())
    }
}

/// How a fetch is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(crate) retries: u32,
    pub(crate) backoff: Backoff,
    pub(crate) network_mode: NetworkMode,
}

impl Default for Plan {
    fn default() -> Self {
        Options::default().plan()
    }
}

impl Plan {
    /// How long to wait after the next failure of `failed` that there were; `None`: give up.
    pub(crate) fn wait(self, retry: Retry, failed: u32, jitter: f64) -> Option<Duration> {
        wait_before_retry(retry, failed, self.retries, self.backoff, jitter)
    }
}
