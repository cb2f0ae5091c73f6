//! Many requests in one. A batch is taken apart into exchanges that share caller and deadline, and each goes through the
//! pipeline by itself: an item can do nothing that the same request alone could not.
//!
//! What makes the whole batch wrong is found before any of it is sent: that it is no batch, too many items, an item that
//! is a batch itself, or an address that is no path below the API's.

mod answer;
mod item;
mod not_sent;

use std::time::Instant;

use bytes::Bytes;
use serde_json::value::RawValue;
use shared::Batch;

pub use self::answer::{answers, line, of_reply};
use self::item::{base_fields, exchange, is_local};
pub use self::not_sent::NotSent;
use crate::failure::Failure;
use http_message::{Exchange, HeaderBlock, RequestContext};

/// What a batch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Items.
    pub items: usize,
    /// Bytes of one item's answer.
    pub answer: u64,
}

/// An item of a batch, as the request that it is.
pub struct Item {
    /// Its id is the batch's and its place.
    pub context: RequestContext,
    /// Or why it is none, with the method and target that it names.
    pub exchange: Result<Exchange, Box<NotSent>>,
}

/// The items of a batch, in order; `context` and `headers` are those of the batch itself. All of them share its deadline.
///
/// # Errors
/// What is wrong with the batch as a whole.
pub fn items(
    content: &Bytes,
    headers: &HeaderBlock,
    context: &RequestContext,
    limits: BatchLimits,
) -> Result<Vec<Item>, Failure> {
    let batch: Batch<Box<RawValue>> = serde_json::from_slice(content).map_err(|_| {
        Failure::Invalid("The content is not a batch: {\"requests\":[{\"url\",\"method\"}]}.")
    })?;
    if batch.requests.len() > limits.items {
        return Err(Failure::BatchTooLarge);
    }
    if !batch.requests.iter().all(|item| is_local(&item.url)) {
        return Err(Failure::Invalid("The url of an item must be a path below the API's, and no batch."));
    }
    let base = base_fields(headers);
    let items = batch.requests.into_iter().enumerate().map(|(index, item)| Item {
        context: RequestContext {
            id: format!("{}.{index}", context.id),
            trace: context.trace.child(),
            started: Instant::now(),
            ..context.clone()
        },
        exchange: exchange(item, base.clone()),
    });
    Ok(items.collect())
}

#[cfg(test)]
mod tests;
