//! A result and the upstream's part of the time for it.

use std::time::Duration;

use crate::failure::Failure;

/// A result, and the time that the upstream took for it, where it was asked.
pub(super) struct Timed<T> {
    pub(super) result: Result<T, Failure>,
    pub(super) upstream_time: Option<Duration>,
}

impl<T> Timed<T> {
    /// A result for which the upstream was not asked.
    pub(super) const fn at_once(result: Result<T, Failure>) -> Self {
        Self { result, upstream_time: None }
    }

    /// The next result in the place of this one, the upstream's times added up.
    pub(super) fn then<U>(self, next: Timed<U>) -> Timed<U> {
        let upstream_time = match (self.upstream_time, next.upstream_time) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        Timed { upstream_time, ..next }
    }

    /// The same time with the result mapped.
    pub(super) fn map<U>(self, make: impl FnOnce(Result<T, Failure>) -> Result<U, Failure>) -> Timed<U> {
        Timed { result: make(self.result), upstream_time: self.upstream_time }
    }

    /// The same time with `result`.
    pub(super) fn with<U>(&self, result: Result<U, Failure>) -> Timed<U> {
        Timed { result, upstream_time: self.upstream_time }
    }
}
