//! The options of a mutation, and the defaults that stand in for those it does not choose.

use std::time::Duration;

use crate::key::QueryKey;
use crate::options::{NetworkMode, Plan};
use crate::retry::Backoff;

/// The longest time an attempt may take, unless said otherwise.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The choices of one mutation, or of all mutations below a key. `None`: not chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MutationOptions {
    /// How many times a failed attempt is made again, if its error asks for it. 0, unless said otherwise.
    pub retries: Option<u32>,
    /// How long it waits for that. From 1 s to 30 s, unless said otherwise.
    pub backoff: Option<Backoff>,
    /// The longest time one attempt may take. 60 s, unless said otherwise; `Duration::MAX`: no limit.
    pub time_limit: Option<Duration>,
    /// What it does without a network. It waits, unless said otherwise.
    pub network_mode: Option<NetworkMode>,
}

impl MutationOptions {
    /// How many times a failed attempt is made again, if its error asks for it. Only for what may safely be done twice.
    #[must_use]
    pub fn retries(self, retries: u32) -> Self {
        Self { retries: Some(retries), ..self }
    }

    /// How long it waits before another attempt, where the server did not say.
    #[must_use]
    pub fn backoff(self, backoff: Backoff) -> Self {
        Self { backoff: Some(backoff), ..self }
    }

    /// The longest time one attempt may take. `Duration::MAX`: no limit, so that a request without an answer blocks
    /// the changes that are queued behind it for ever.
    #[must_use]
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { time_limit: Some(limit), ..self }
    }

    /// What it does without a network.
    #[must_use]
    pub fn network_mode(self, mode: NetworkMode) -> Self {
        Self { network_mode: Some(mode), ..self }
    }

    /// These choices, and `other`'s where there is none.
    fn or(self, other: &Self) -> Self {
        Self {
            retries: self.retries.or(other.retries),
            backoff: self.backoff.or(other.backoff),
            time_limit: self.time_limit.or(other.time_limit),
            network_mode: self.network_mode.or(other.network_mode),
        }
    }
}

/// What holds for one run.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) plan: Plan,
    pub(crate) time_limit: Duration,
}

/// The defaults of an application, each for the mutations at and below a key.
#[derive(Default)]
pub(crate) struct MutationDefaults(Vec<(QueryKey, MutationOptions)>);

impl MutationDefaults {
    /// What was set at this very key.
    pub(crate) fn at(&self, prefix: &QueryKey) -> MutationOptions {
        let found = self.0.iter().find(|(key, _)| key == prefix);
        found.map(|(_, options)| options.clone()).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, prefix: QueryKey, options: MutationOptions) {
        self.0.retain(|(key, _)| *key != prefix);
        // The longest first: it says most about a key.
        let length = prefix.segments().len();
        let place = self.0.partition_point(|(key, _)| key.segments().len() > length);
        self.0.insert(place, (prefix, options));
    }

    /// What holds for a mutation with `key` and its own `options`. One without a key is below the empty key alone.
    pub(crate) fn rules(&self, key: Option<&QueryKey>, options: MutationOptions) -> Rules {
        let holds = |prefix: &QueryKey| match key {
            Some(key) => key.starts_with(prefix),
            None => prefix.segments().is_empty(),
        };
        let defaults = self.0.iter().filter(|(prefix, _)| holds(prefix));
        let chosen = defaults.fold(options, |chosen, (_, options)| chosen.or(options));
        Rules {
            plan: Plan {
                retries: chosen.retries.unwrap_or_default(),
                backoff: chosen.backoff.unwrap_or_default(),
                network_mode: chosen.network_mode.unwrap_or_default(),
            },
            time_limit: chosen.time_limit.unwrap_or(TIME_LIMIT),
        }
    }
}
