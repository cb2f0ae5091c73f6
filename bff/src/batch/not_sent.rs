//! An item of a batch that stays behind.

use http::Method;

use crate::failure::Failure;

/// An item that cannot become an exchange.
#[derive(Debug)]
pub struct NotSent {
    /// As far as it is one.
    pub method: Method,
    /// As it stands in the batch.
    pub target: String,
    /// Why.
    pub failure: Failure,
}
