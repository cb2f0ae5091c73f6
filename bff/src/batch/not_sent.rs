//! An item of a batch that is not sent.

use http::Method;

use crate::failure::Failure;

/// An item that cannot become an exchange.
#[derive(Debug)]
pub struct NotSent {
    /// The method, as far as the item names one.
    pub method: Method,
    /// The target, as it stands in the batch.
    pub target: String,
    /// The reason.
    pub failure: Failure,
}
