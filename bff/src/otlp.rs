//! Exports spans to a collector: OTLP over HTTP, through our own client and its deadlines.
//!
//! OpenTelemetry's processor keeps a bounded queue, and sends from a thread of its own. Its messages go through a
//! second thread, since our client belongs to the thread that made it. An unreachable collector costs spans and
//! nothing else.

use std::{fmt, future::Future, pin::Pin, thread, time::Duration};

use bytes::Bytes;
use http::Method;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchSpanProcessor, SpanProcessor as _},
};
use tokio::sync::{mpsc, oneshot};

use telemetry::spans;

use upstream::{
    BaseUrl, Client, OwnDeadlines, UpstreamError, UpstreamOptions,
    call::{CallResponse, call, fields_from},
    deadline::Deadline,
    trust::{Trust, trust},
};

/// The path below the endpoint that takes spans (OTLP specification, "OTLP/HTTP Request").
const TRACES: &str = "/v1/traces";

/// Most messages that wait to be sent; the processor sends one at a time.
const WAITING: usize = 4;

/// Time limit of one message.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The largest header block of a collector's answer, in bytes.
const HEAD_MAX: usize = 16 * 1024;

/// Options of the export to a collector.
#[derive(Debug, Clone)]
pub struct OtlpOptions {
    /// Address of the collector, to which `/v1/traces` is added.
    pub endpoint: BaseUrl,
    /// Name of this server at the collector.
    pub service: String,
}

/// Reasons why spans cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// The trust anchors cannot be read.
    #[error("{0}")]
    Trust(String),
    /// The exporter cannot be built.
    #[error("{0}")]
    Exporter(#[from] ExporterBuildError),
    /// The sending thread cannot be started.
    #[error("{0}")]
    Thread(#[from] std::io::Error),
}

/// Starts the export of spans to the collector of `options`.
///
/// # Errors
/// [`OtlpError`].
pub fn start(options: &OtlpOptions, upstream: &UpstreamOptions) -> Result<(), OtlpError> {
    let OtlpOptions { endpoint, service } = options;
    let trust = if endpoint.tls { Some(trust(None).map_err(OtlpError::Trust)?) } else { None };
    let sender = Sender::start(endpoint.clone(), upstream.clone(), trust)?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(sender)
        .with_endpoint(format!("{endpoint}{TRACES}"))
        .with_timeout(TIMEOUT)
        .build()?;
    let mut processor = BatchSpanProcessor::builder(exporter).build();
    processor.set_resource(&Resource::builder().with_service_name(service.clone()).build());
    spans::collect(processor);
    tracing::info!(%endpoint, "spans go to a collector");
    Ok(())
}

/// One message, and the channel for its answer.
type Job = (Request<Bytes>, oneshot::Sender<Result<CallResponse, UpstreamError>>);

/// Hands messages to the thread that sends them.
struct Sender(mpsc::Sender<Job>);

impl Sender {
    fn start(base: BaseUrl, upstream: UpstreamOptions, trust: Option<Trust>) -> Result<Self, std::io::Error> {
        let (sender, mut jobs) = mpsc::channel::<Job>(WAITING);
        // The client is made in its own thread, since it cannot leave it.
        let work = move || async move {
            let client =
                Client::new(&base, &UpstreamOptions { head_max: HEAD_MAX, ..upstream.clone() }, trust);
            let mut away = false;
            while let Some((request, done)) = jobs.recv().await {
                let answer = send(&client, &base, request, &upstream).await;
                let failed = !answer.as_ref().is_ok_and(|answer| answer.status.is_success());
                // The log gets one line at the outage's begin and one at its end, however many messages are lost.
                match &answer {
                    Err(err) if !away => tracing::warn!(%err, "the collector of spans cannot be reached"),
                    Ok(answer) if failed && !away => {
                        tracing::warn!(
                            status = answer.status.as_u16(),
                            "the collector of spans refuses them"
                        );
                    }
                    Ok(_) if away && !failed => tracing::info!("the collector of spans takes them again"),
                    _ => {}
                }
                away = failed;
                // A caller that has stopped waiting needs no answer.
                let _ = done.send(answer);
            }
        };
        thread::Builder::new()
            .name("otlp".to_owned())
            .spawn(move || actix_rt::System::new().block_on(work()))?;
        Ok(Self(sender))
    }
}

async fn send(
    client: &Client,
    base: &BaseUrl,
    request: Request<Bytes>,
    upstream: &UpstreamOptions,
) -> Result<CallResponse, UpstreamError> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let target = path.strip_prefix(base.path.as_str()).unwrap_or(path);
    let headers = fields_from(parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    let own = OwnDeadlines { timeout: Some(TIMEOUT), ..OwnDeadlines::default() };
    let deadline = Deadline::start(&upstream.deadlines.with(&own));
    call(client, Method::POST, target, headers, Some(body), deadline).await
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl HttpClient for Sender {
    // The trait uses `async_trait`; this is the signature that the macro makes of `async fn`.
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let (done, answer) = oneshot::channel();
            self.0.send((request, done)).await?;
            let answer = answer.await??;
            Ok(Response::builder().status(answer.status.as_u16()).body(answer.body)?)
        })
    }
}
