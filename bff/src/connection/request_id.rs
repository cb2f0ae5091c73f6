//! Ids of requests. They sort by time, the order in which people search logs.

use std::{
    rc::Rc,
    time::{SystemTime, UNIX_EPOCH},
};

use uuid::{Builder, fmt::Simple};

use http_message::random;

/// An id of version 7 (RFC 9562 §5.7), as 32 hex digits.
#[must_use]
pub fn new_id() -> Rc<str> {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut rest = [0; 10];
    random::fill(&mut rest);
    let millis = u64::try_from(millis).unwrap_or_default();
    let id = Builder::from_unix_timestamp_millis(millis, &rest).into_uuid().simple();
    (&*id.encode_lower(&mut [0; Simple::LENGTH])).into()
}
