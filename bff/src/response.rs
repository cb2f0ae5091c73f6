//! Answers for the browser: the header allow-list ([`headers`]), the fields that may leave ([`transform`]), and the
//! operator's settings for both.

pub mod headers;
mod options;
pub mod transform;

pub use self::options::{ForeignRedirects, ResponseOptions};
