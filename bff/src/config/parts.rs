//! The options of all parts.

use super::listen::Listen;
use crate::{
    batch::BatchLimits, guard::GuardOptions, otlp::OtlpOptions, pipeline::RequestLimits, redis::RedisAddress,
    response::ResponseOptions, route_table::RouteTable, session::SessionOptions, sign_in::SignInOptions,
    spa::SpaSource,
};
use telemetry::LogOptions;
use upstream::UpstreamOptions;

/// Everything the server needs to know, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address, public URL, workers, drain.
    pub listen: Listen,
    /// Where `/api/server/*` goes, and how long it may take.
    pub upstream: UpstreamOptions,
    /// What of its answers may leave.
    pub response: ResponseOptions,
    /// Which paths and methods are forwarded, and under which policy.
    pub routes: RouteTable,
    /// Caps on what a client may send.
    pub request: RequestLimits,
    /// Caps on batches.
    pub batch: BatchLimits,
    /// Bytes of the response cache of all workers together; `None`: there is none.
    pub cache_max: Option<u64>,
    /// Where the single-page app comes from.
    pub spa: SpaSource,
    /// Where sessions are kept, and for how long.
    pub session: SessionOptions,
    /// Where people sign in.
    pub sign_in: SignInOptions,
    /// Who may ask, and how often.
    pub guard: GuardOptions,
    /// Where Redis is; `None`: this process shares nothing.
    pub redis: Option<RedisAddress>,
    /// What is logged, and how.
    pub log: LogOptions,
    /// Where spans go, if anywhere.
    pub otlp: Option<OtlpOptions>,
}
