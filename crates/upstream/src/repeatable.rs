//! A request for the upstream that can be sent a second time, with another token, as long as its content is small.

use bytes::Bytes;
use http::Method;

use super::{UpstreamRequest, deadline::Deadline, small_content::keep_small};
use http_message::{BodyError, HeaderBlock, RequestBody};

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
    /// Keeps a request without its share; small content is read to its end first.
    ///
    /// # Errors
    /// [`BodyError`] where the browser does not send it whole.
    pub async fn keep(request: UpstreamRequest) -> Result<Self, BodyError> {
        let UpstreamRequest { method, target, headers, body, mut deadline, share: _ } = request;
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
            share: None,
        })
    }
}
