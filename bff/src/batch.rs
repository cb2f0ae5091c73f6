//! Many requests in one. A batch is taken apart into exchanges that share caller and deadline, and each goes through the
//! pipeline by itself: an item can do nothing that the same request alone could not.
//!
//! What makes the whole batch wrong is found before any of it is sent: that it is no batch, too many items, an item that
//! is a batch itself, or an address that is no path below the API's.

mod answer;
mod item;

use bytes::Bytes;
use serde_json::value::RawValue;
use shared::Batch;
use tokio::time::Instant;

pub use self::answer::{answers, line, of_reply};
use self::item::{base_fields, exchange, is_local};
use crate::{
    failure::Failure,
    message::{Caller, Exchange, HeaderBlock, TraceContext},
};

/// What a batch may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Items.
    pub items: usize,
    /// Bytes of one item's answer.
    pub answer: u64,
}

/// Where a batch comes from, which all of its items share.
pub struct BatchSource<'a> {
    /// Its header block.
    pub headers: &'a HeaderBlock,
    /// Who sent it.
    pub caller: &'a Caller,
    /// Its id; an item's is that and its place.
    pub id: &'a str,
    /// Its place in a trace.
    pub trace: TraceContext,
    /// When all of them have to be over.
    pub due: Instant,
}

/// The exchanges of a batch, in order. An item that cannot become one has a failure of its own.
///
/// # Errors
/// What is wrong with the batch as a whole.
pub fn exchanges(
    content: &Bytes,
    source: &BatchSource<'_>,
    limits: BatchLimits,
) -> Result<Vec<Result<Exchange, Failure>>, Failure> {
    let batch: Batch<Box<RawValue>> = serde_json::from_slice(content).map_err(|_| {
        Failure::Invalid("The content is not a batch: {\"requests\":[{\"url\",\"method\"}]}.")
    })?;
    if batch.requests.len() > limits.items {
        return Err(Failure::BatchTooLarge);
    }
    if !batch.requests.iter().all(|item| is_local(&item.url)) {
        return Err(Failure::Invalid("The url of an item must be a path below the API's, and no batch."));
    }
    let base = base_fields(source.headers);
    let items = batch.requests.into_iter().enumerate();
    Ok(items.map(|(index, item)| exchange(item, base.clone(), index, source)).collect())
}

#[cfg(test)]
mod tests;
