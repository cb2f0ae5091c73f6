//! Accepted connections, watched: what the framework would refuse in a bare head leaves as a problem.
//!
//! The framework parses requests, and answers those that it cannot parse without asking the app. The stream around the
//! socket knows which answers the app has given. Any other head is the framework's own, and is replaced. It also ends a
//! connection whose client takes too long for its part.
//!
//! HTTP/2 has no such heads: there the framework's refusals are frames, and only time and number are watched.

mod certificate;
mod conversation;
mod deadlines;
mod entrance;
mod framing;
mod multiplexed;
mod per_address;
mod proxy_header;
mod refusal;
mod request_id;
mod streams;
mod versioned;
mod watched;

pub use certificate::{Certificate, CertificateError, CertificateFiles};
pub use conversation::Conversation;
pub use deadlines::ClientLimits;
pub use entrance::{Admitted, Entrance};
pub use framing::Framing;
pub use per_address::AddressConnections;
pub use refusal::Client;
pub use request_id::new_id;
pub use streams::{Stream, Streams};
pub use versioned::Versioned;
pub use watched::Watched;
