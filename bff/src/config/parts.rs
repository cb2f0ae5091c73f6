//! The configuration: the options of all parts.

use super::{cleartext::ClearText, error::ConfigError, listen::Listen};
use crate::{
    batch::BatchLimits,
    guard::GuardOptions,
    otlp::OtlpOptions,
    pipeline::{NamedUpstream, Proof, RequestLimits},
    redis::RedisAddress,
    response::{PermissionsPolicy, ResponseOptions},
    route_table::RouteTable,
    session::SessionOptions,
    sign_in::SignInOptions,
    spa::SpaOptions,
};
use http_message::request_fields::FieldNames;
use telemetry::LogOptions;
use upstream::UpstreamOptions;

/// The checked options of the whole server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address, public URL, workers, drain.
    pub listen: Listen,
    /// The upstream of `/api/server/*`, and its deadlines.
    pub upstream: UpstreamOptions,
    /// The proof that it gets.
    pub proof: Proof,
    /// Further upstreams, in the order of their numbers on routes.
    pub named_upstreams: Vec<NamedUpstream>,
    /// Limits on the upstream's answers before they leave.
    pub response: ResponseOptions,
    /// The paths and methods that are forwarded, and their policies.
    pub routes: RouteTable,
    /// Fields of requests that go upstream besides the listed ones.
    pub request_headers: FieldNames,
    /// Caps on what a client may send.
    pub request: RequestLimits,
    /// Caps on batches.
    pub batch: BatchLimits,
    /// Bytes of the response cache of all workers together; `None`: no cache.
    pub cache_max: Option<u64>,
    /// Bytes of content that are held whole at once.
    pub held_max: u64,
    /// The single-page app.
    pub spa: SpaOptions,
    /// The features of a browser that pages may use.
    pub permissions: PermissionsPolicy,
    /// Place and lifetimes of sessions.
    pub session: SessionOptions,
    /// The provider that signs people in.
    pub sign_in: SignInOptions,
    /// Access checks and rate limits.
    pub guard: GuardOptions,
    /// Where clear text may go in production.
    pub clear_text: ClearText,
    /// The address of Redis; `None`: this process shares nothing.
    pub redis: Option<RedisAddress>,
    /// Filter and format of the log.
    pub log: LogOptions,
    /// The collector of spans; `None`: spans are not exported.
    pub otlp: Option<OtlpOptions>,
    /// Settings that work and are hardly meant, a line for each.
    pub warnings: Vec<ConfigError>,
}
