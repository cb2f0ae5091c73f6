//! Metrics of the server, for Prometheus.
//!
//! Every label takes its values from a list that the program or its configuration knows. A route is named by its
//! template and an outcome by its code, so that no stranger makes the set grow. Without `BFF_METRICS_LISTEN` nothing
//! is recorded.

mod process;

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use http::StatusCode;
use prometheus::{
    Counter, Encoder as _, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder, core::Collector,
};

use self::process::Process;

/// Upper bounds of the histograms in seconds: from an answer out of memory to the longest usual deadline.
const SECONDS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The label of a request that matched no route.
const NO_ROUTE: &str = "none";

/// The outcome of a request whose browser left before the answer.
pub const LEFT: &str = "browser_left";

/// The metrics; like the log, one set for the process.
static METRICS: OnceLock<Metrics> = OnceLock::new();

struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    cache_answers: IntCounterVec,
    cache_bytes: IntGauge,
    held_bytes: IntGauge,
    compressions: IntCounterVec,
    connections_ended: IntCounterVec,
    access_lines_dropped: IntCounter,
    limiter_verdicts: IntCounterVec,
    sessions: Late<IntGauge>,
    security_events: IntCounterVec,
    browser_reports: IntCounterVec,
    refreshes: IntCounterVec,
    revocations: IntCounterVec,
    upstream: HistogramVec,
    upstream_exchanges: IntGauge,
    upstream_retries: IntCounterVec,
    upstream_resting: IntGaugeVec,
    tunnels: IntGauge,
    tunnel_bytes: IntCounterVec,
    redis: HistogramVec,
    redis_up: Late<IntGauge>,
    redis_away: Counter,
    redis_away_since: Mutex<Option<Instant>>,
    process: Process,
}

/// Starts recording, unless the process records already.
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

/// All recorded metrics, in Prometheus' text format.
///
/// # Errors
/// If a value cannot be written as text.
pub fn text() -> prometheus::Result<Vec<u8>> {
    let mut text = Vec::new();
    if let Some(metrics) = METRICS.get() {
        let away = metrics.redis_away_since.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        metrics.add_time_away(away);
        metrics.process.look();
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
            compressions: counter(
                "bff_compressions_total",
                "Answers that were compressed, by coding; those that were stored compressed do not count",
                &["coding"],
            )?,
            connections_ended: counter(
                "bff_connections_ended_total",
                "Browser connections that were ended for their client's fault, by the fault",
                &["fault"],
            )?,
            cache_bytes: gauge("bff_cache_bytes", "Bytes that stored answers take")?,
            held_bytes: gauge("bff_held_bytes", "Bytes of content that are held whole (BFF_HELD_MAX)")?,
            access_lines_dropped: add(
                &registry,
                IntCounter::new(
                    "bff_access_lines_dropped_total",
                    "Access lines that came faster than they could be written",
                )?,
            )?,
            limiter_verdicts: counter(
                "bff_limiter_verdicts_total",
                "Verdicts of the rate limiter by policy",
                &["policy", "verdict"],
            )?,
            // Shown only where this process knows the number.
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
            revocations: counter(
                "bff_token_revocations_total",
                "Refresh tokens of ended sessions by what became of them",
                &["result"],
            )?,
            upstream: seconds(
                "bff_upstream_duration_seconds",
                "Time from a request to an upstream to the head of its answer, by upstream and outcome",
                &["upstream", "outcome"],
            )?,
            upstream_exchanges: gauge("bff_upstream_exchanges", "Exchanges with upstreams at this moment")?,
            upstream_retries: counter(
                "bff_upstream_retries_total",
                "Requests that were sent to an upstream again (retries)",
                &["upstream"],
            )?,
            upstream_resting: add(
                &registry,
                IntGaugeVec::new(
                    Opts::new(
                        "bff_upstream_resting",
                        "1 while a server of an upstream fails and gets no requests (breaker)",
                    ),
                    &["upstream", "server"],
                )?,
            )?,
            tunnels: gauge("bff_tunnels", "Open WebSockets at this moment")?,
            tunnel_bytes: counter(
                "bff_tunnel_bytes_total",
                "Bytes that went through WebSockets, to the browser (down) and to the upstream (up)",
                &["direction"],
            )?,
            redis: seconds(
                "bff_redis_duration_seconds",
                "Time from a command to Redis to its answer, by outcome",
                &["outcome"],
            )?,
            // Shown only where there is a Redis to connect to.
            redis_up: Late::new(IntGauge::new("bff_redis_up", "1 while there is a connection to Redis")?),
            redis_away: add(
                &registry,
                Counter::new("bff_redis_away_seconds_total", "Seconds without a connection to Redis")?,
            )?,
            redis_away_since: Mutex::default(),
            process: Process::new(&registry)?,
            registry,
        })
    }
}

impl Metrics {
    /// Adds the time without Redis up to now. While Redis is still `away`, the clock goes on.
    fn add_time_away(&self, away: bool) {
        let mut since = self.redis_away_since.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(since) = since.take() {
            self.redis_away.inc_by(now.duration_since(since).as_secs_f64());
        }
        *since = away.then_some(now);
    }
}

/// A metric that is shown from its first value on. Before that, there may be nothing to measure.
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

/// Records an API request that ended with `outcome`: the class of its status, a problem's code, or [`LEFT`].
pub fn ended(route: Option<&str>, outcome: &str, took: Duration) {
    if let Some(metrics) = METRICS.get() {
        let labels = [route.unwrap_or(NO_ROUTE), outcome];
        metrics.requests.with_label_values(&labels).observe(took.as_secs_f64());
    }
}

/// Counts an answer that is compressed.
pub fn compressed(coding: &str) {
    if let Some(metrics) = METRICS.get() {
        metrics.compressions.with_label_values(&[coding]).inc();
    }
}

/// Counts an answer by the cache's part in it. `what` is asked only while metrics are recorded.
pub fn cache_answered(what: impl FnOnce() -> &'static str) {
    if let Some(metrics) = METRICS.get() {
        metrics.cache_answers.with_label_values(&[what()]).inc();
    }
}

/// Counts log lines that were dropped.
pub(super) fn access_lines_dropped(count: u64) {
    if let Some(metrics) = METRICS.get() {
        metrics.access_lines_dropped.inc_by(count);
    }
}

/// Sets the bytes that stored answers take.
pub fn cache_takes(bytes: u64) {
    if let Some(metrics) = METRICS.get() {
        metrics.cache_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

/// Records the bytes of content that are held whole.
pub fn held_are(bytes: u64) {
    if let Some(metrics) = METRICS.get() {
        metrics.held_bytes.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

/// Sets the number of sessions that this process keeps.
pub fn sessions_are(count: usize) {
    if let Some(metrics) = METRICS.get() {
        metrics.sessions.shown(&metrics.registry).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
}

/// Counts a verdict of the rate limiter.
pub fn limiter_verdict(policy: &'static str, allowed: bool) {
    let verdict = if allowed { "allowed" } else { "refused" };
    count(|metrics| &metrics.limiter_verdicts, &[policy, verdict]);
}

/// Counts a browser connection that was ended for its client's `fault`.
pub fn connection_ended(fault: &'static str) {
    count(|metrics| &metrics.connections_ended, &[fault]);
}

/// Counts a security event.
pub fn happened(event: &'static str) {
    count(|metrics| &metrics.security_events, &[event]);
}

/// Counts a browser's report.
pub fn reported(kind: &'static str) {
    count(|metrics| &metrics.browser_reports, &[kind]);
}

/// Counts an attempt to renew tokens.
pub fn refreshed(result: &'static str) {
    count(|metrics| &metrics.refreshes, &[result]);
}

/// Counts a refresh token of an ended session.
pub fn token_revoked(result: &'static str) {
    count(|metrics| &metrics.revocations, &[result]);
}

/// Counts a request that goes to the upstream of this name once more.
pub fn retried(upstream: &str) {
    if let Some(metrics) = METRICS.get() {
        metrics.upstream_retries.with_label_values(&[upstream]).inc();
    }
}

/// Records whether a server of an upstream rests because it fails.
pub fn server_rests(upstream: &str, server: &str, rests: bool) {
    if let Some(metrics) = METRICS.get() {
        metrics.upstream_resting.with_label_values(&[upstream, server]).set(i64::from(rests));
    }
}

/// Records a request to the upstream of this name, answered or failed.
pub fn upstream_answered(upstream: &str, outcome: &str, took: Duration) {
    if let Some(metrics) = METRICS.get() {
        metrics.upstream.with_label_values(&[upstream, outcome]).observe(took.as_secs_f64());
    }
}

/// Records a command to Redis, answered or failed.
pub fn redis_answered(outcome: &'static str, took: Duration) {
    if let Some(metrics) = METRICS.get() {
        metrics.redis.with_label_values(&[outcome]).observe(took.as_secs_f64());
    }
}

/// Records whether there is a connection to Redis.
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

/// Counts an exchange with the upstream until it is dropped.
pub struct UnderWay(Option<&'static IntGauge>);

impl UnderWay {
    /// Begins an exchange.
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

/// The direction of bytes in a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the browser.
    Down,
    /// To the upstream.
    Up,
}

/// Counts bytes of a tunnel.
pub fn tunnelled(direction: Direction, bytes: usize) {
    if let Some(metrics) = METRICS.get() {
        let label = if direction == Direction::Down { "down" } else { "up" };
        metrics.tunnel_bytes.with_label_values(&[label]).inc_by(bytes as u64);
    }
}

/// Counts a tunnel until it is dropped.
pub struct OpenTunnel(Option<&'static IntGauge>);

impl OpenTunnel {
    /// A tunnel is open from here on.
    #[must_use]
    pub fn begin() -> Self {
        let tunnels = METRICS.get().map(|metrics| &metrics.tunnels);
        if let Some(tunnels) = tunnels {
            tunnels.inc();
        }
        Self(tunnels)
    }
}

impl Drop for OpenTunnel {
    fn drop(&mut self) {
        if let Some(tunnels) = self.0 {
            tunnels.dec();
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
