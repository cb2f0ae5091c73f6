//! Accepted connections, watched: what the framework would refuse in a bare head leaves as a problem.
//!
//! The framework parses requests, and answers those that it cannot parse without asking the app. The stream around the
//! socket knows which answers the app has given. Any other head is the framework's own, and is replaced.

mod conversation;
mod framing;
mod refusal;
mod request_id;
mod watched;

pub use conversation::Conversation;
pub use framing::Framing;
pub use refusal::Client;
pub use request_id::new_id;
pub use watched::Watched;
