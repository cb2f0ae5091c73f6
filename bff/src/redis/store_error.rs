//! What every store here answers with, whether it is in Redis or in this process.

use std::{future::Future, pin::Pin};

/// What a method of a store comes to.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Why a store cannot do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room for another one.
    #[error("the session store is full")]
    Full,
    /// It cannot be asked at the moment. Nothing is said of any session: who was signed in still is.
    #[error("the session store is unavailable: {0}")]
    Unavailable(String),
}
