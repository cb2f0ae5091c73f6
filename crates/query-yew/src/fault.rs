//! What keeps a fetch or a change from having data.

use std::fmt;
use std::rc::Rc;

/// What keeps a fetch or a change from having data.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault<E> {
    /// It failed for good, with this error.
    Failed(Rc<E>),
    /// It had no answer within its time limit.
    TimedOut,
    /// It was cancelled, or there was no way to fetch it.
    Cancelled,
    /// The key has data of another type, which is named here.
    OtherType(&'static str),
}

impl<E> Fault<E> {
    /// The error that it failed with, if it did.
    pub fn error(&self) -> Option<&E> {
        match self {
            Self::Failed(err) => Some(err),
            _ => None,
        }
    }
}

impl<E> Clone for Fault<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Failed(err) => Self::Failed(Rc::clone(err)),
            Self::TimedOut => Self::TimedOut,
            Self::Cancelled => Self::Cancelled,
            Self::OtherType(name) => Self::OtherType(name),
        }
    }
}

/// By reference: errors need no equality.
impl<E> PartialEq for Fault<E> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Failed(left), Self::Failed(right)) => Rc::ptr_eq(left, right),
            (Self::OtherType(left), Self::OtherType(right)) => left == right,
            (Self::TimedOut, Self::TimedOut) | (Self::Cancelled, Self::Cancelled) => true,
            _ => false,
        }
    }
}

impl<E: fmt::Display> fmt::Display for Fault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(err) => err.fmt(f),
            Self::TimedOut => f.write_str("there was no answer in time"),
            Self::Cancelled => f.write_str("it was cancelled"),
            Self::OtherType(name) => write!(f, "the key has data of another type, {name}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Fault<E> {}
