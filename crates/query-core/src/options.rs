//! The options of an application, and of a single query.

use std::time::Duration;

use crate::retry::{Retry, Verdicts};
use crate::value::Value;

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
    /// Whether stale data is fetched again when the page comes to the front. Off.
    pub refetch_on_window_focus: bool,
    /// Whether stale data is fetched again when the network comes back. On.
    pub refetch_on_reconnect: bool,
    /// Which errors are worth another attempt. All, unless said otherwise.
    pub verdicts: Verdicts,
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
    pub fn refetch_on_window_focus(self, refetch_on_window_focus: bool) -> Self {
        Self { refetch_on_window_focus, ..self }
    }

    /// See the field.
    #[must_use]
    pub fn refetch_on_reconnect(self, refetch_on_reconnect: bool) -> Self {
        Self { refetch_on_reconnect, ..self }
    }

    /// Says which errors of type `E` are worth another attempt, and when it is made.
    #[must_use]
    pub fn verdict<E: 'static>(mut self, verdict: impl Fn(&E) -> Retry + 'static) -> Self {
        self.verdicts.add(verdict);
        self
    }
}

impl Default for QueryDefaults {
    fn default() -> Self {
        Self {
            stale_time: Duration::from_secs(60),
            gc_time: Duration::from_secs(5 * 60),
            retries: 3,
            refetch_on_window_focus: false,
            refetch_on_reconnect: true,
            verdicts: Verdicts::default(),
        }
    }
}

/// The choices of one observer of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Whether this observer makes the query fetch by itself. A disabled one still sees what others fetch.
    pub enabled: bool,
    /// See [`QueryDefaults::stale_time`].
    pub stale_time: Duration,
    /// See [`QueryDefaults::gc_time`].
    pub gc_time: Duration,
    /// See [`QueryDefaults::retries`].
    pub retries: u32,
    /// See [`QueryDefaults::refetch_on_window_focus`].
    pub refetch_on_window_focus: bool,
    /// See [`QueryDefaults::refetch_on_reconnect`].
    pub refetch_on_reconnect: bool,
    /// Fetch again this long after the last attempt ended, while the page is visible.
    pub refetch_interval: Option<Duration>,
    /// After a change of key, show the data of the old key until the new one has its own.
    pub keep_previous_data: bool,
    /// Shown, and never cached, while there is no data.
    pub placeholder: Option<Value>,
}

impl Options {
    /// An enabled observer with an application's defaults.
    pub fn new(defaults: &QueryDefaults) -> Self {
        Self {
            enabled: true,
            stale_time: defaults.stale_time,
            gc_time: defaults.gc_time,
            retries: defaults.retries,
            refetch_on_window_focus: defaults.refetch_on_window_focus,
            refetch_on_reconnect: defaults.refetch_on_reconnect,
            refetch_interval: None,
            keep_previous_data: false,
            placeholder: None,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new(&QueryDefaults::default())
    }
}
