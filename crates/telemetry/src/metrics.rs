//! What is counted and measured, for Prometheus.
//!
//! Every label takes its values from a list that the program or its configuration knows: a route is named by its template
//! and an outcome by its code, so that no stranger makes the set grow. Without `BFF_METRICS_LISTEN` nothing is recorded.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use http::StatusCode;
use prometheus::{
    Counter, Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder, core::Collector,
};

/// Upper bounds in seconds: from an answer out of memory to the longest deadline that anybody sets.
const SECONDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The route of a request that none matched.
const NO_ROUTE: &str = "none";

/// The outcome of a request that nobody waited for to be answered.
pub const LEFT: &str = "browser_left";

/// The metrics of the process: like the log, they are everybody's.
static METRICS: OnceLock<Metrics> = OnceLock::new();

struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    cache_answers: IntCounterVec,
    cache_bytes: IntGauge,
    limiter_verdicts: IntCounterVec,
    sessions: Late<IntGauge>,
    security_events: IntCounterVec,
    browser_reports: IntCounterVec,
    refreshes: IntCounterVec,
    upstream: HistogramVec,
    upstream_exchanges: IntGauge,
    redis: HistogramVec,
    redis_up: Late<IntGauge>,
    redis_away: Counter,
    redis_away_since: Mutex<Option<Instant>>,
}

/// Starts recording, if nobody has.
///
/// # Errors
/// If two metrics have the same name.
pub fn install() -> prometheus::Result<()> {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if METRICS.get().is_none() {
        let metrics = Metrics::new()?;
        METRICS.get_or_init(|| metrics);
    }
    Ok(())
}

/// All that has been recorded, in Prometheus' text format.
///
/// # Errors
/// If a value cannot be written as text.
pub fn text() -> prometheus::Result<Vec<u8>> {
    let mut text = Vec::new();
    if let Some(metrics) = METRICS.get() {
        let away = metrics.redis_away_since.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        metrics.add_time_away(away);
        TextEncoder::new().encode(&metrics.registry.gather(), &mut text)?;
    }
    Ok(text)
}

impl Metrics {
    fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let build = IntGaugeVec::new(
            Opts::new("bff_build_info", "Always 1; the labels tell what runs here"),
            &["version"],
        )?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        registry.register(Box::new(build))?;
        let counter = |name: &str, help: &str, labels: &[&str]| {
            add(&registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let gauge = |name: &str, help: &str| add(&registry, IntGauge::new(name, help)?);
        let seconds = |name: &str, help: &str, labels: &[&str]| {
            let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
            add(&registry, HistogramVec::new(options, labels)?)
        };
        Ok(Self {
            requests: seconds(
                "bff_request_duration_seconds",
                "Time from a request to the head of its answer, by route template and outcome",
                &["route", "outcome"],
            )?,
            cache_answers: counter(
                "bff_cache_answers_total",
                "Answers by what the response cache did",
                &["outcome"],
            )?,
            cache_bytes: gauge("bff_cache_bytes", "Bytes that stored answers take")?,
            limiter_verdicts: counter(
                "bff_limiter_verdicts_total",
                "Verdicts of the rate limiter by policy",
                &["policy", "verdict"],
            )?,
            // Only where this process knows.
            sessions: Late::new(IntGauge::new("bff_sessions", "Living sessions that this process keeps")?),
            security_events: counter(
                "bff_security_events_total",
                "Security events by name, sign-ins and ended sessions among them",
                &["event"],
            )?,
            browser_reports: counter(
                "bff_browser_reports_total",
                "What browsers reported of themselves, by kind",
                &["kind"],
            )?,
            refreshes: counter(
                "bff_token_refreshes_total",
                "Attempts to renew tokens by result",
                &["result"],
            )?,
            upstream: seconds(
                "bff_upstream_duration_seconds",
                "Time from a request to the upstream to the head of its answer, by outcome",
                &["outcome"],
            )?,
            upstream_exchanges: gauge(
                "bff_upstream_exchanges",
                "Exchanges with the upstream at this moment",
            )?,
            redis: seconds(
                "bff_redis_duration_seconds",
                "Time from a command to Redis to its answer, by outcome",
                &["outcome"],
            )?,
            // Only where there is a Redis to be connected to.
            redis_up: Late::new(IntGauge::new("bff_redis_up", "1 while there is a connection to Redis")?),
            redis_away: add(
                &registry,
                Counter::new("bff_redis_away_seconds_total", "Seconds without a connection to Redis")?,
            )?,
            redis_away_since: Mutex::default(),
            registry,
        })
    }
}

impl Metrics {
    /// Adds the time without Redis up to now, which goes on if it is still `away`.
    fn add_time_away(&self, away: bool) {
        let mut since = self.redis_away_since.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(since) = since.take() {
            self.redis_away.inc_by(now.duration_since(since).as_secs_f64());
        }
        *since = away.then_some(now);
    }
}

/// A metric that is shown from its first value on: before, there may be nothing that it tells of.
struct Late<M> {
    metric: M,
    is_shown: OnceLock<bool>,
}

impl<M: Collector + Clone + 'static> Late<M> {
    const fn new(metric: M) -> Self {
        Self { metric, is_shown: OnceLock::new() }
    }

    fn shown(&self, registry: &Registry) -> &M {
        self.is_shown.get_or_init(|| registry.register(Box::new(self.metric.clone())).is_ok());
        &self.metric
    }
}

fn add<M: Collector + Clone + 'static>(registry: &Registry, metric: M) -> prometheus::Result<M> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

/// An API request has ended with `outcome`: the class of its status, a problem's code, or [`LEFT`].
pub fn ended(route: Option<&str>, outcome: &str, took: Duration) {
    if let Some(metrics) = METRICS.get() {
        let labels = [route.unwrap_or(NO_ROUTE), outcome];
        metrics.requests.with_label_values(&labels).observe(took.as_secs_f64());
    }
}

/// The cache did `what` for an answer, which is only found out where somebody counts.
pub fn cache_answered(what: impl FnOnce() -> &'static str) {
    if let Some(metrics) = METRICS.get() {
        metrics.cache_answers.with_label_values(&[what()]).inc();
    }
}

/// Stored answers take `bytes`.
pub fn cache_takes(bytes: u64) {
    if let Some(metrics) = METRICS.get() {
        metrics.cache_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

/// This process keeps so many sessions.
pub fn sessions_are(count: usize) {
    if let Some(metrics) = METRICS.get() {
        metrics.sessions.shown(&metrics.registry).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
}

/// The rate limiter has spoken.
pub fn limiter_verdict(policy: &'static str, allowed: bool) {
    let verdict = if allowed { "allowed" } else { "refused" };
    count(|metrics| &metrics.limiter_verdicts, &[policy, verdict]);
}

/// A security event has been logged.
pub fn happened(event: &'static str) {
    count(|metrics| &metrics.security_events, &[event]);
}

/// A browser has reported something.
pub fn reported(kind: &'static str) {
    count(|metrics| &metrics.browser_reports, &[kind]);
}

/// Tokens were to be renewed.
pub fn refreshed(result: &'static str) {
    count(|metrics| &metrics.refreshes, &[result]);
}

/// The upstream has answered, or failed to.
pub fn upstream_answered(outcome: &'static str, took: Duration) {
    if let Some(metrics) = METRICS.get() {
        metrics.upstream.with_label_values(&[outcome]).observe(took.as_secs_f64());
    }
}

/// Redis has answered a command, or failed to.
pub fn redis_answered(outcome: &'static str, took: Duration) {
    if let Some(metrics) = METRICS.get() {
        metrics.redis.with_label_values(&[outcome]).observe(took.as_secs_f64());
    }
}

/// There is a connection to Redis, or none any more.
pub fn redis_is_up(up: bool) {
    if let Some(metrics) = METRICS.get() {
        metrics.redis_up.shown(&metrics.registry).set(i64::from(up));
        metrics.add_time_away(!up);
    }
}

fn count(which: impl FnOnce(&Metrics) -> &IntCounterVec, labels: &[&'static str]) {
    if let Some(metrics) = METRICS.get() {
        which(metrics).with_label_values(labels).inc();
    }
}

/// An exchange with the upstream, until it is dropped.
pub struct UnderWay(Option<&'static IntGauge>);

impl UnderWay {
    /// One begins.
    #[must_use]
    pub fn begin() -> Self {
        let exchanges = METRICS.get().map(|metrics| &metrics.upstream_exchanges);
        if let Some(exchanges) = exchanges {
            exchanges.inc();
        }
        Self(exchanges)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(exchanges) = self.0 {
            exchanges.dec();
        }
    }
}

/// The class of a status.
#[must_use]
pub fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
