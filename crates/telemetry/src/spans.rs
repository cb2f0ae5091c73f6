//! Spans of a trace: one for each API request, and below it one for each request to the upstream.
//!
//! Names and attributes follow OpenTelemetry's conventions for HTTP. Without a collector no span is made, and none for
//! a trace that is not to be recorded.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use http::{Method, StatusCode};
use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor as _};

use http_message::{TraceContext, methods::METHODS};

/// The name of the server that the spans belong to.
const SERVER: &str = "bff";

/// The collector of spans; like the log, one for the process.
static COLLECTOR: OnceLock<BatchSpanProcessor> = OnceLock::new();

/// A finished request: a browser's, or one to the upstream.
pub struct Done<'a> {
    /// The request's span.
    pub place: TraceContext,
    /// The method.
    pub method: &'a Method,
    /// The template of its route, where there is one.
    pub route: Option<&'a str>,
    /// The status of the answer, where there is one.
    pub status: Option<StatusCode>,
    /// The error in one word, where there is one.
    pub error: Option<&'static str>,
    /// The time that it took, up to now.
    pub took: Duration,
}

/// Sends spans to `collector`. Only the first call counts.
pub fn collect(collector: BatchSpanProcessor) {
    COLLECTOR.get_or_init(|| collector);
}

/// Records the span of an API request.
pub fn served(done: &Done<'_>) {
    record(done, SpanKind::Server);
}

/// Records the span of a request to the upstream.
pub fn asked(done: &Done<'_>) {
    record(done, SpanKind::Client);
}

/// Sends recorded spans on. Blocks until that is done, or has failed.
pub fn flush() {
    if let Some(collector) = COLLECTOR.get()
        && let Err(err) = collector.force_flush()
    {
        tracing::warn!(%err, "spans were lost");
    }
}

/// The links of a span: a stranger's, whose trace was not taken up.
fn links(place: TraceContext) -> SpanLinks {
    let mut links = SpanLinks::default();
    links.links.extend(place.link().map(|link| {
        let context = SpanContext::new(
            TraceId::from(link.trace()),
            SpanId::from(link.span()),
            TraceFlags::NOT_SAMPLED,
            true,
            TraceState::NONE,
        );
        Link::with_context(context)
    }));
    links
}

fn record(done: &Done<'_>, kind: SpanKind) {
    let Some(collector) = COLLECTOR.get().filter(|_| done.place.is_sampled()) else { return };
    let Done { place, method, route, status, error, took } = done;
    let end_time = SystemTime::now();
    // A method that is neither a route's nor a known one is a stranger's invention.
    let known = kind == SpanKind::Client || route.is_some() || METHODS.contains(method);
    let method = if known { method.as_str() } else { "_OTHER" };
    let mut attributes = vec![KeyValue::new("http.request.method", method.to_owned())];
    if let Some(route) = route {
        attributes.push(KeyValue::new("http.route", (*route).to_owned()));
    }
    if let Some(status) = status {
        attributes.push(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
    }
    if let Some(error) = error {
        attributes.push(KeyValue::new("error.type", *error));
    }
    // A client's own mistake is no error of the server.
    let failed = match kind {
        SpanKind::Client => error.is_some() || status.is_some_and(|status| status.as_u16() >= 400),
        _ => status.is_some_and(|status| status.is_server_error()),
    };
    collector.on_end(SpanData {
        span_context: SpanContext::new(
            TraceId::from(place.trace()),
            SpanId::from(place.span()),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: place.parent().map_or(SpanId::INVALID, SpanId::from),
        parent_span_is_remote: place.is_below_another(),
        name: route.map_or_else(|| method.to_string(), |route| format!("{method} {route}")).into(),
        span_kind: kind,
        start_time: end_time.checked_sub(*took).unwrap_or(end_time),
        end_time,
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: links(*place),
        status: if failed { Status::error("") } else { Status::Unset },
        instrumentation_scope: InstrumentationScope::builder(SERVER)
            .with_version(env!("CARGO_PKG_VERSION"))
            .build(),
    });
}
