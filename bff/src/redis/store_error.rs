//! The errors of every store, in Redis or in this process.

use std::{future::Future, pin::Pin};

/// The future of a store's method.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Reasons why a store cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store has no room for another entry.
    #[error("the session store is full")]
    Full,
    /// The store cannot be asked at the moment. It says nothing of any session: a person who was signed in still is.
    #[error("the session store is unavailable: {0}")]
    Unavailable(String),
}
