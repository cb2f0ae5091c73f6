//! The vocabulary of HTTP that all parts share: a request as an [`Exchange`], an answer as a [`Reply`], and rules about
//! paths, fields and methods that need neither I/O nor settings nor a clock.

mod body;
pub mod csp;
mod exchange;
pub mod fields;
mod header_block;
pub mod methods;
pub mod path;
mod reply;
pub mod trace_context;
pub mod unix_time;

pub use self::{
    body::{BodyError, ChunkStream, RequestBody},
    exchange::{Caller, Exchange, RequestContext},
    header_block::{FieldName, HeaderBlock},
    path::CanonicalPath,
    reply::{Reply, ReplyBody, ReplyError, ReplyStream},
    trace_context::TraceContext,
};
