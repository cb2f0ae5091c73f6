//! Splits a batch of requests into exchanges that share caller and deadline. Each exchange goes through the pipeline
//! by itself: an item can do nothing that the same request alone could not.
//!
//! Errors of the whole batch are found before any item is sent:
//!
//! - the content is no batch;
//! - the batch has too many items;
//! - an item is a batch itself;
//! - an item's address is no path below the API's.

mod answer;
mod item;
mod not_sent;
mod parse;

use std::{collections::BTreeMap, time::Instant};

use bytes::Bytes;
use http::Method;
use serde_json::value::RawValue;
use shared::BatchItem;

pub use self::answer::{answers, line, of_reply};
use self::item::{base_fields, exchange, is_local};
pub use self::not_sent::NotSent;
use crate::failure::Failure;
use http_message::{Exchange, HeaderBlock, RequestContext};

/// Most bytes of a batch: what fits the addresses of a thousand items, and no upload.
pub const CONTENT_MAX: u64 = 256 * 1024;

/// The refusal of an item that leads elsewhere.
const NOT_LOCAL: &str = "The url of an item must be a path below the API's, and no batch.";

/// Limits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Most items.
    pub items: usize,
    /// Most bytes of one item's answer.
    pub answer: u64,
    /// Most bytes of all answers together.
    pub answers: u64,
}

/// An item of a batch, as the request that it stands for.
pub struct Item {
    /// The item's context; its id is the batch's id and the item's index.
    pub context: RequestContext,
    /// The exchange, or the reason why there is none, with the method and target that the item names.
    pub exchange: Result<Exchange, Box<NotSent>>,
}

/// Splits a batch into its items, in order; `context` and `headers` are those of the batch. All items share its
/// deadline.
///
/// # Errors
/// An error of the batch as a whole.
pub fn items(
    content: &Bytes,
    headers: &HeaderBlock,
    context: &RequestContext,
    limits: BatchLimits,
) -> Result<Vec<Item>, Failure> {
    let requests = parse::requests(content, limits.items)?;
    if !requests.iter().all(|item| is_local(&item.url)) {
        return Err(Failure::Invalid(NOT_LOCAL));
    }
    let base = base_fields(headers);
    let items = requests.into_iter().enumerate();
    Ok(items.map(|(index, item)| numbered(index, item, &base, context)).collect())
}

/// The read of `target`, as item number `index` of a request with this context and these fields.
#[must_use]
pub fn read(index: usize, target: &str, headers: &HeaderBlock, context: &RequestContext) -> Item {
    let (url, method) = (target.to_owned(), Method::GET.as_str().to_owned());
    let item = BatchItem { url, method, data: None, headers: BTreeMap::new() };
    let item = numbered(index, item, &base_fields(headers), context);
    if is_local(target) {
        return item;
    }
    let failure = Failure::Invalid(NOT_LOCAL);
    Item {
        exchange: Err(Box::new(NotSent { method: Method::GET, target: target.to_owned(), failure })),
        ..item
    }
}

/// An item whose id tells its place among others.
fn numbered(
    index: usize,
    item: BatchItem<Box<RawValue>>,
    base: &HeaderBlock,
    context: &RequestContext,
) -> Item {
    Item {
        context: RequestContext {
            id: format!("{}.{index}", context.id).into(),
            trace: context.trace.child(),
            started: Instant::now(),
            ..context.clone()
        },
        exchange: exchange(item, base.clone()),
    }
}

#[cfg(test)]
mod tests;
