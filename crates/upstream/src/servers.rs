//! The servers of one upstream: which of them gets a request, and which rests. All workers share what is known of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use http::StatusCode;

use super::{
    BaseUrl, Resilience,
    breaker::{Breaker, Chance, Change, Leave, Outcome},
    error::UpstreamError,
    retries::RetryBudget,
};
use telemetry::metrics;

/// The servers of one upstream. Cheap to clone.
#[derive(Clone)]
pub struct Servers(Arc<Inner>);

struct Inner {
    /// The upstream's name, for metrics and the log.
    name: String,
    first: Server,
    others: Vec<Server>,
    /// Where the next search begins, so that equals take turns.
    turn: AtomicUsize,
    retries: Option<RetryBudget>,
}

struct Server {
    base: BaseUrl,
    /// `None`: it is the only one, and nobody asked for a breaker.
    breaker: Option<Breaker>,
    under_way: AtomicUsize,
}

/// One exchange with a server, from its choice to the last byte of the answer.
pub(super) struct Turn {
    servers: Servers,
    index: usize,
    leave: Leave,
    /// Whether the exchange has so little time of its own that being late says nothing about the server.
    is_short: bool,
    is_settled: bool,
}

impl Servers {
    /// The servers of the upstream `name`. Where there are several, each has a breaker: one that fails is left out.
    #[must_use]
    pub fn new(name: &str, first: BaseUrl, others: Vec<BaseUrl>, resilience: Resilience) -> Self {
        let has_breaker = resilience.breaker || !others.is_empty();
        let server = |base| {
            let breaker = has_breaker.then(Breaker::default);
            Server { base, breaker, under_way: AtomicUsize::new(0) }
        };
        Self(Arc::new(Inner {
            name: name.to_owned(),
            first: server(first),
            others: others.into_iter().map(server).collect(),
            turn: AtomicUsize::new(0),
            retries: resilience.retries.then(RetryBudget::default),
        }))
    }

    /// A single server that nothing is kept of.
    #[must_use]
    pub fn one(base: BaseUrl) -> Self {
        Self::new("default", base, Vec::new(), Resilience::default())
    }

    /// The upstream's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The first address.
    #[must_use]
    pub fn first(&self) -> &BaseUrl {
        &self.0.first.base
    }

    /// The addresses, the first one first.
    pub fn bases(&self) -> impl Iterator<Item = &BaseUrl> {
        self.all().map(|server| &server.base)
    }

    /// Whether there is anything to choose, to count or to repeat.
    pub(super) fn are_minded(&self) -> bool {
        self.0.first.breaker.is_some() || self.0.retries.is_some()
    }

    /// The retries that may be made; `None`: nobody asked for them.
    pub(super) fn retries(&self) -> Option<&RetryBudget> {
        self.0.retries.as_ref()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        1 + self.0.others.len()
    }

    /// Chooses the server with the least exchanges under way, out of those that are not `tried` and do not rest. A rested one comes
    /// first, where a request has a chance to try it. `is_short`: the exchange has little time.
    ///
    /// # Errors
    /// The time until the first of them may be asked again.
    pub(super) fn choose(
        &self,
        now: Instant,
        tried: &[usize],
        chance: Chance,
        is_short: bool,
    ) -> Result<Turn, Duration> {
        let begin = self.0.turn.fetch_add(1, Relaxed);
        let turned = (0..self.len()).map(|step| begin.wrapping_add(step) % self.len());
        let mut open: Vec<usize> = turned.filter(|index| !tried.contains(index)).collect();
        open.sort_by_cached_key(|index| {
            let server = self.server(*index);
            let is_due = server.breaker.as_ref().is_some_and(|breaker| breaker.wants_trial(now));
            (chance == Chance::No || !is_due, server.under_way.load(Relaxed))
        });
        let mut shortest: Option<Duration> = None;
        for index in open {
            let server = self.server(index);
            match server.breaker.as_ref().map_or(Leave::Granted, |breaker| breaker.ask(now, chance)) {
                Leave::Resting(rest) => shortest = Some(shortest.map_or(rest, |known| known.min(rest))),
                leave => {
                    server.under_way.fetch_add(1, Relaxed);
                    return Ok(Turn { servers: self.clone(), index, leave, is_short, is_settled: false });
                }
            }
        }
        Err(shortest.unwrap_or_default())
    }

    fn all(&self) -> impl Iterator<Item = &Server> {
        std::iter::once(&self.0.first).chain(&self.0.others)
    }

    fn server(&self, index: usize) -> &Server {
        index.checked_sub(1).and_then(|index| self.0.others.get(index)).unwrap_or(&self.0.first)
    }
}

impl Turn {
    /// The number of the server, the first one's being 0.
    pub(super) const fn index(&self) -> usize {
        self.index
    }

    /// The head of the server's answer has come, with the time that it asks for. A break of the content may still follow.
    pub(super) fn answered(&mut self, status: StatusCode, retry_after: Option<Duration>) {
        self.settle(if is_away(status) { Outcome::Failed(retry_after) } else { Outcome::Answered });
    }

    /// There is no answer, or only a part of one.
    pub(super) fn failed(&mut self, err: &UpstreamError) {
        let says_nothing = !err.is_the_servers() || self.is_short && err.is_late();
        self.settle(if says_nothing { Outcome::Unknown } else { Outcome::Failed(None) });
    }

    fn settle(&mut self, outcome: Outcome) {
        // A trial is settled by its head; what becomes of its content counts like that of any other.
        let leave = if self.is_settled { Leave::Granted } else { self.leave };
        self.is_settled = true;
        let Server { base, breaker: Some(breaker), .. } = self.servers.server(self.index) else { return };
        let (name, server) = (self.servers.name(), base.authority.as_str());
        match breaker.settle(Instant::now(), leave, outcome) {
            None => {}
            Some(Change::Opened(rest)) => {
                metrics::server_rests(name, server, true);
                tracing::warn!(upstream = %name, %server, ?rest, "the upstream's server fails, and rests");
            }
            Some(Change::Closed) => {
                metrics::server_rests(name, server, false);
                tracing::info!(upstream = %name, %server, "the upstream's server is back");
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.servers.server(self.index).under_way.fetch_sub(1, Relaxed);
        if !self.is_settled {
            self.settle(Outcome::Unknown);
        }
    }
}

/// Whether a status says that the server, or the one behind it, cannot answer now.
pub(super) fn is_away(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Phase;

    fn servers(count: usize) -> Servers {
        let mut bases =
            (0..count).map(|number| BaseUrl::parse(&format!("http://127.0.0.{}:1", number + 1)).unwrap());
        let first = bases.next().unwrap();
        Servers::new("test", first, bases.collect(), Resilience::default())
    }

    const AWAY: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

    fn choose(servers: &Servers, now: Instant, tried: &[usize]) -> Turn {
        servers.choose(now, tried, Chance::Alone, false).unwrap()
    }

    #[test]
    fn the_server_with_the_least_exchanges_is_chosen() {
        let servers = servers(3);
        let now = Instant::now();
        let mut open = Vec::new();
        let mut chosen = [0; 3];
        for _ in 0..9 {
            let turn = choose(&servers, now, &[]);
            chosen[turn.index()] += 1;
            open.push(turn);
        }
        assert_eq!(chosen, [3, 3, 3]);
        open.retain(|turn| turn.index() != 1);
        assert_eq!(choose(&servers, now, &[]).index(), 1);
        assert_eq!(choose(&servers, now, &[1, 2]).index(), 0, "tried ones are left out");
    }

    #[test]
    fn a_failing_server_rests_and_comes_back_by_a_trial() {
        let servers = servers(2);
        let now = Instant::now();
        for _ in 0..5 {
            choose(&servers, now, &[0]).answered(AWAY, None);
        }
        let chosen = |now, chance| servers.choose(now, &[], chance, false).unwrap().index();
        assert!((0..10).all(|_| chosen(now, Chance::Alone) == 0));
        let later = Instant::now() + Duration::from_secs(2);
        assert_eq!(chosen(later, Chance::No), 0, "a request that cannot be repeated is no trial");
        let mut trial = choose(&servers, later, &[]);
        assert_eq!(trial.index(), 1);
        assert_eq!(chosen(later, Chance::Alone), 0, "one trial at a time");
        trial.answered(StatusCode::OK, None);
        drop(trial);
        assert!((0..10).any(|_| chosen(later, Chance::Alone) == 1));
    }

    #[test]
    fn where_all_rest_the_shortest_wait_is_told() {
        let servers = servers(2);
        let now = Instant::now();
        for (tried, seconds) in [(0, 9), (1, 20)] {
            for _ in 0..5 {
                choose(&servers, now, &[tried]).answered(AWAY, Some(Duration::from_secs(seconds)));
            }
        }
        let wait = servers.choose(now, &[], Chance::Alone, false).err().unwrap();
        assert!(wait > Duration::from_secs(8) && wait < Duration::from_secs(10), "{wait:?}");
    }

    #[test]
    fn being_late_says_nothing_where_there_was_little_time() {
        let now = Instant::now();
        let late = UpstreamError::Timeout(Phase::Head);
        for (is_short, rests) in [(true, false), (false, true)] {
            let servers = servers(2);
            for _ in 0..10 {
                if let Ok(mut turn) = servers.choose(now, &[1], Chance::Alone, is_short) {
                    turn.failed(&late);
                }
            }
            assert_eq!(servers.choose(now, &[1], Chance::Alone, false).is_err(), rests, "{is_short}");
        }
    }
}
