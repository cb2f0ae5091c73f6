//! Conditions of a change (RFC 9110 §13.1.1): it is made only to what its sender has seen, else the answer is 412.
//!
//! One todo comes with a strong tag in [`ETAG`], alone or as an item of a batch. A change with that tag in [`IF_MATCH`] is refused
//! once somebody else has changed the todo. A change without the field is made in any case.

use crate::batch::{BatchAnswer, BatchItem};

/// The field of an answer that has the tag, as a batch's answer names it.
pub const ETAG: &str = "etag";

/// The field of a change that has the tag of what it is meant for.
pub const IF_MATCH: &str = "if-match";

/// The status of a change that was refused, because what it was meant for has changed.
pub const PRECONDITION_FAILED: u16 = 412;

impl<D> BatchAnswer<D> {
    /// The tag of the content, for [`BatchItem::if_match`] or for the field [`IF_MATCH`] of a request alone.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.headers.get(ETAG).map(String::as_str)
    }
}

impl<D> BatchItem<D> {
    /// The same on the condition that the content still has this tag.
    #[must_use]
    pub fn if_match(mut self, tag: &str) -> Self {
        self.headers.insert(IF_MATCH.to_owned(), tag.to_owned());
        self
    }
}
