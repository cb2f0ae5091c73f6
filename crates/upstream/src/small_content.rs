//! Small content of a request, read whole before it is sent: it can be sent a second time, and a slow sender holds nothing of
//! the upstream's.

use std::rc::Rc;

use bytes::BytesMut;
use futures_util::StreamExt as _;

use super::{
    deadline::Deadline,
    upload::{Progress, Upload},
};
use http_message::{BodyError, RequestBody};

/// Content of a known length up to this many bytes is kept until the answer is there.
const KEEP_MAX: u64 = 64 * 1024;

/// Reads small content to its end, and leaves other as it is. The upstream's time then begins anew: until now it was the
/// browser's.
///
/// # Errors
/// [`BodyError`] where the browser does not send it whole.
pub(super) async fn keep_small(body: RequestBody, deadline: &mut Deadline) -> Result<RequestBody, BodyError> {
    let (length, chunks) = match body {
        RequestBody::Sized(length, chunks) if length <= KEEP_MAX => (length, chunks),
        other => return Ok(other),
    };
    let mut content = BytesMut::new();
    let mut chunks = Box::pin(deadline.upload(chunks, Rc::new(Upload::new(Progress::AtBrowser))));
    while let Some(chunk) = chunks.next().await {
        content.extend_from_slice(&chunk?);
    }
    if (content.len() as u64) < length {
        return Err(BodyError::Incomplete);
    }
    drop(chunks);
    *deadline = deadline.again();
    Ok(RequestBody::Whole(content.freeze()))
}
