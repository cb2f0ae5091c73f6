//! A request for the upstream that can be sent a second time, with another token, as long as its content is small.

use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::Method;

use super::{
    UpstreamRequest,
    deadline::Deadline,
    upload::{Progress, Upload},
};
use http_message::{BodyError, HeaderBlock, RequestBody};

/// Content of a known length up to this many bytes is kept until the answer is there.
const KEEP_MAX: u64 = 64 * 1024;

/// A request that is kept until its answer is known.
pub struct Repeatable {
    method: Method,
    target: String,
    headers: HeaderBlock,
    /// The deadline of all attempts together.
    deadline: Deadline,
    body: KeptContent,
}

enum KeptContent {
    Nothing,
    Whole(Bytes),
    /// Too large to keep: it can be sent once.
    Once(Option<RequestBody>),
}

impl Repeatable {
    /// Keeps a request; small content is read to its end first.
    ///
    /// # Errors
    /// [`BodyError`] where the browser does not send it whole.
    pub async fn keep(request: UpstreamRequest) -> Result<Self, BodyError> {
        let UpstreamRequest { method, target, headers, body, mut deadline } = request;
        let body = match keep_small(body, &mut deadline).await? {
            RequestBody::None => KeptContent::Nothing,
            RequestBody::Whole(content) => KeptContent::Whole(content),
            large => KeptContent::Once(Some(large)),
        };
        Ok(Self { method, target, headers, deadline, body })
    }

    /// The request, with `authorize` applied to its fields; `None` if its content has been used up.
    pub fn attempt(&mut self, authorize: impl FnOnce(&mut HeaderBlock)) -> Option<UpstreamRequest> {
        let body = match &mut self.body {
            KeptContent::Nothing => RequestBody::None,
            KeptContent::Whole(content) => RequestBody::Whole(content.clone()),
            KeptContent::Once(content) => content.take()?,
        };
        let mut headers = self.headers.clone();
        authorize(&mut headers);
        Some(UpstreamRequest {
            method: self.method.clone(),
            target: self.target.clone(),
            headers,
            body,
            deadline: self.deadline,
        })
    }
}

/// Content with a small one read to its end. The upstream's time then begins anew: until now it was the browser's.
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
