//! An HTTP/1.1 client for a proxy that shares its connections between people.
//!
//! [`Client`] is the one seam to awc: an [`UpstreamRequest`] in, an [`Arriving`] answer or an [`UpstreamError`] out. It
//! belongs to one actix worker and keeps a pool of connections, which are reused whatever the method and the framing of an
//! answer. [`wire`] stands between the socket and awc and settles the framing of every answer first (RFC 9112 §6.3);
//! [`connector`] opens connections, TLS included.
//!
//! - [`deadline`]: for the head, for an answer read whole, and between two pieces, each with an error of its own;
//! - [`headers`]: the header block that goes upstream, made of a browser's;
//! - [`transport`]: a connection with TLS or without;
//! - [`Servers`]: several addresses of one upstream, breakers and retries;
//! - [`tunnel`]: a WebSocket's handshake, and the bare connection after it;
//! - [`repeatable`]: a request that can go out a second time with another token;
//! - [`mod@call`]: a small request of the server's own, answered whole.
//!
//! ```no_run
//! use http::Method;
//! use upstream::{
//!     BaseUrl, Client, Deadlines, Resilience, UpstreamKind, UpstreamOptions, call::{call, json_fields}, deadline::Deadline,
//! };
//! use std::time::Duration;
//!
//! # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
//! let base = BaseUrl::parse("http://127.0.0.1:8080/v1")?;
//! let second = Duration::from_secs(1);
//! let options = UpstreamOptions {
//!     kind: UpstreamKind::Api(base.clone()),
//!     ca_file: None,
//!     identity: None,
//!     deadlines: Deadlines { connect: second, head: 10 * second, total: 10 * second, idle: 60 * second },
//!     connections: 100,
//!     keep_alive: 4 * second,
//!     head_max: 64 * 1024,
//!     resilience: Resilience::default(),
//! };
//! let client = Client::new(&base, &options, None);
//! let deadline = Deadline::start(&options.deadlines);
//! let answer = call(&client, Method::GET, "/todos/1", json_fields(), None, deadline).await?;
//! println!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
//! # Ok(())
//! # }
//! ```

mod arriving;
mod base_url;
mod breaker;
pub mod call;
pub mod client;
pub mod connector;
pub mod deadline;
pub mod error;
pub mod headers;
mod minded;
mod options;
pub mod patience;
mod pieces;
mod places;
pub mod repeatable;
mod retries;
mod servers;
mod small_content;
pub mod transport;
pub mod trust;
pub mod tunnel;
mod upload;
pub mod wire;

pub use arriving::{Arriving, UpstreamResponse};
pub use base_url::BaseUrl;
pub use client::{Client, UpstreamRequest};
pub use error::UpstreamError;
pub use options::{Deadlines, Identity, OwnDeadlines, Resilience, UpstreamKind, UpstreamOptions};
pub use servers::Servers;
