//! The vocabulary of HTTP that the parts of a proxy share. A request is an [`Exchange`] in its [`RequestContext`], an
//! answer is a [`Reply`]. Both have a [`HeaderBlock`]; rules about paths and fields stand beside them.
//!
//! No I/O, no settings, no clock, no web framework; names and values of fields are those of the `http` crate (0.2).
//!
//! - [`path`]: a [`CanonicalPath`] means one thing to every server, or it is refused; its other spellings;
//! - [`fields`]: hop-by-hop fields, fields that never go upstream, fields for caches alone;
//! - [`BasePath`]: the path of the public address;
//! - [`budget`]: bytes of content that are held whole; [`shares`]: what each client has under way;
//! - [`request_fields`]: which fields of a browser go upstream, and what an operator adds to them;
//! - [`csp`]: whose `Content-Security-Policy` stands on an answer;
//! - [`entity_tag`]: lists of tags in conditions;
//! - [`media_type`]: what a type says of content; [`forms`]: the compressed forms of content that is kept;
//! - [`weights`]: lists whose members are weighed, such as `Accept`;
//! - [`methods`], [`trace_context`] (W3C Trace Context), [`unix_time`].
//!
//! ```
//! use http_message::{CanonicalPath, HeaderBlock, fields::leave_out_named};
//! use http::{HeaderName, HeaderValue, header::CONNECTION};
//!
//! assert!(CanonicalPath::parse("/todos/7").is_ok());
//! assert!(CanonicalPath::parse("/todos/%2e%2e/users").is_err());
//!
//! let mut headers = HeaderBlock::new();
//! headers.insert(CONNECTION, HeaderValue::from_static("x-hop"));
//! headers.insert(HeaderName::from_static("x-hop"), HeaderValue::from_static("1"));
//! leave_out_named(&mut headers);
//! assert!(!headers.contains_key("x-hop"));
//! ```

mod base_path;
mod body;
pub mod budget;
pub mod csp;
pub mod entity_tag;
mod exchange;
mod field_value;
pub mod fields;
pub mod forms;
mod header_block;
pub mod media_type;
pub mod methods;
pub mod path;
pub mod random;
mod reply;
pub mod request_fields;
pub mod shares;
pub mod trace_context;
pub mod unix_time;
pub mod weights;

pub use self::{
    base_path::BasePath,
    body::{BodyError, ChunkStream, RequestBody, capped},
    exchange::{Caller, Exchange, RequestContext},
    field_value::field_value,
    header_block::{FieldName, HeaderBlock},
    path::CanonicalPath,
    reply::{Reply, ReplyBody, ReplyError, ReplyStream},
    trace_context::TraceContext,
};
