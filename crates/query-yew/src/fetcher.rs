//! A type-erased fetch: its request, its context and its future.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use query_core::{Failure, FetchKind, Value};
use web_sys::AbortSignal;

/// The argument of a fetch function.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FetchContext {
    /// Fires when the answer is not wanted any more. Hand it to the request.
    pub signal: AbortSignal,
}

impl FetchContext {
    /// A context with this signal, for tests of fetch functions.
    pub fn new(signal: AbortSignal) -> Self {
        Self { signal }
    }
}

/// The argument of a type-erased fetch.
pub(crate) struct FetchRequest {
    pub(crate) context: FetchContext,
    pub(crate) kind: FetchKind,
    /// The data the cache has.
    pub(crate) current: Option<Value>,
}

/// The future of one attempt.
pub(crate) type Attempt = Pin<Box<dyn Future<Output = Result<Value, Failure>>>>;

/// A fetch function without its types.
pub(crate) type Fetcher = Rc<dyn Fn(FetchRequest) -> Attempt>;
