//! A shared HTTP cache after RFC 9111, without I/O and without a clock: every rule is handed `now`.
//!
//! An [`Entry`](entry::Entry) is an answer as clients get it, with its origin's fields about caching. The rules are
//! small and pure:
//!
//! | question | answered by |
//! |---|---|
//! | what does `Cache-Control` say | [`directives`] |
//! | how long is an answer fresh, and what may be done when it is stale | [`freshness`], [`route`] for a policy of the operator |
//! | how long where nobody says so | [`heuristic`] |
//! | which stored answer fits a request (`Vary`) | [`vary`] |
//! | what does the client want | [`mod@request`] |
//! | what goes out: whole, a range, a 304 | [`serve`] |
//! | what is said of it (`Cache-Status`, RFC 9211) | [`status`] |
//! | what is outdated by a change | [`generations`], in [`buckets`] |
//! | who asks the origin for all that wait | [`flight`], [`streaming`] for an answer still arriving, [`gathering`] for one of unknown length |
//! | where is it kept, and in how many bytes | [`store`], [`encoding`] for other places |
//!
//! The caller decides when these are asked. It gives the partition of a request as an opaque byte string
//! ([`key::Partition`]), and the hash that puts subjects into buckets.
//!
//! ```
//! use std::{sync::Arc, time::{Duration, SystemTime}};
//!
//! use http::{HeaderValue, Method, StatusCode, header::CACHE_CONTROL};
//! use http_cache::{Cache, freshness::{Audience, Freshness}, generations::Generations, key::{Key, Partition}, request::CacheRequest};
//! use http_message::HeaderBlock;
//!
//! // How long would this answer be fresh?
//! let mut answer = HeaderBlock::new();
//! answer.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
//! let now = SystemTime::now();
//! let freshness = Freshness::of(StatusCode::OK, &answer, None, Audience::Shared, now, now).unwrap();
//! assert!(freshness.is_fresh(now + Duration::from_secs(59)) && !freshness.is_fresh(now + Duration::from_secs(61)));
//!
//! // Find the stored answer for a request: there is none yet.
//! let cache = Cache::new(1024 * 1024, Arc::new(Generations::default())).unwrap();
//! let key = Key { partition: Partition::Shared, target: "/todos".to_owned(), fields: None };
//! let headers = HeaderBlock::new();
//! let request = CacheRequest::new(&Method::GET, &headers, false);
//! assert!(cache.find(&key, &request).entry.is_none());
//! ```

pub mod buckets;
mod cache;
mod date;
pub mod directives;
pub mod encoding;
pub mod entry;
pub mod flight;
pub mod freshness;
pub mod gathering;
pub mod generations;
pub mod heuristic;
pub mod key;
pub mod request;
pub mod route;
pub mod serve;
pub mod status;
pub mod store;
pub mod streaming;
pub mod vary;

pub use self::cache::{Cache, StoredVariant, is_storable_status};
