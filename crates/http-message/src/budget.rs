//! Bytes of content that are held whole, by each request and by the whole process.
//!
//! Content that flows needs no budget. What has to be there whole before it can be used (the answers of a batch, content to
//! select from, an answer that is being stored) is counted until it is let go.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;

/// The bytes that a process may hold. Clones share them.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Total>);

#[derive(Debug)]
struct Total {
    max: u64,
    held: AtomicU64,
}

/// The bytes that one request holds; all are given back when this is dropped.
#[derive(Debug)]
pub struct Held {
    total: Arc<Total>,
    /// Most bytes of this request.
    max: u64,
    bytes: AtomicU64,
}

/// The budget that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// The request has all that it may have.
    Request,
    /// The process holds all that it may hold.
    Process,
}

impl Budget {
    /// A budget of `max` bytes.
    #[must_use]
    pub fn new(max: u64) -> Self {
        Self(Arc::new(Total { max, held: AtomicU64::new(0) }))
    }

    /// The bytes that are held now.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.0.held.load(Ordering::Relaxed)
    }

    /// Begins to hold for a request, which may have up to `max` bytes.
    #[must_use]
    pub fn hold(&self, max: u64) -> Held {
        Held { total: Arc::clone(&self.0), max, bytes: AtomicU64::new(0) }
    }
}

impl Held {
    /// Holds so many bytes more.
    ///
    /// # Errors
    /// [`Exhausted`]: nothing more is held then.
    pub fn add(&self, bytes: usize) -> Result<(), Exhausted> {
        let bytes = bytes as u64;
        take(&self.bytes, bytes, self.max).map_err(|_| Exhausted::Request)?;
        take(&self.total.held, bytes, self.total.max).map_err(|_| {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            Exhausted::Process
        })?;
        Ok(())
    }

    /// Content that is counted until its last part is dropped.
    #[must_use]
    pub fn with(self: Arc<Self>, content: Vec<u8>) -> Bytes {
        Bytes::from_owner(Counted { content, _held: self })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.total.held.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
    }
}

struct Counted {
    content: Vec<u8>,
    _held: Arc<Held>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.content
    }
}

fn take(from: &AtomicU64, bytes: u64, max: u64) -> Result<u64, u64> {
    from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
        held.checked_add(bytes).filter(|held| *held <= max)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_40_a_request_and_the_process_hold_no_more_than_they_may() {
        let budget = Budget::new(100);
        let one = Arc::new(budget.hold(60));
        assert_eq!(one.add(50), Ok(()));
        assert_eq!(one.add(11), Err(Exhausted::Request));
        let two = budget.hold(60);
        assert_eq!(two.add(51), Err(Exhausted::Process));
        assert_eq!(two.add(50), Ok(()));
        assert_eq!(budget.held(), 100);
        drop(two);
        let content = one.with(vec![7; 50]);
        let part = content.slice(1..2);
        drop(content);
        assert_eq!((budget.held(), part[0]), (50, 7));
        drop(part);
        assert_eq!(budget.held(), 0);
    }
}
