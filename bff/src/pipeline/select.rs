//! Selection: the part of an answer's content that may leave, where a route or the profile names its fields.

use std::{cell::RefCell, collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use http::StatusCode;
use tokio::time::{Instant, timeout_at};

use super::admitted::Admitted;
use crate::{
    failure::Failure,
    response::{ResponseError, compression::plain, transform},
};
use http_message::{HeaderBlock, ReplyBody, budget::Budget};
use upstream::{UpstreamError, error::Phase};

/// Members of an error's content that may leave wherever fields are selected: the error in words and in code.
const ERROR_MEMBERS: [&str; 6] = ["message", "error", "code", "title", "detail", "status"];

/// One worker's selection.
pub(super) struct Selector {
    /// Largest answer whose fields are selected, in bytes.
    max: usize,
    budget: Budget,
    /// The routes whose selection has been seen to find nothing.
    told: RefCell<BTreeSet<usize>>,
}

impl Selector {
    pub(super) fn new(max: u64, budget: Budget) -> Self {
        Self { max: usize::try_from(max).unwrap_or(usize::MAX), budget, told: RefCell::default() }
    }

    /// The selected fields of an answer, and of an error its words and code as well. Content that they cannot be picked
    /// from does not leave, whatever its status. Where something was changed, that is no error: the change was made.
    pub(super) async fn select(
        &self,
        admitted: &Admitted,
        fields: &[String],
        (status, headers): (StatusCode, &HeaderBlock),
        body: ReplyBody,
        due: Instant,
    ) -> Result<ReplyBody, Failure> {
        match body {
            ReplyBody::Empty => return Ok(ReplyBody::Empty),
            ReplyBody::HeadOnly(_) => return Ok(ReplyBody::HeadOnly(None)),
            ReplyBody::Full(content) if content.is_empty() => return Ok(ReplyBody::Full(content)),
            _ if status.is_redirection() => return Ok(ReplyBody::Full(Bytes::new())),
            _ => {}
        }
        if !status.is_success() {
            let fields: Vec<String> =
                fields.iter().cloned().chain(ERROR_MEMBERS.map(str::to_owned)).collect();
            return Ok(self.pick(admitted, &fields, headers, body, due).await?.0);
        }
        match self.pick(admitted, fields, headers, body, due).await {
            Ok((content, matched)) => {
                if !matched {
                    self.tell(admitted);
                }
                Ok(content)
            }
            Err(failure) if !admitted.method.is_safe() => {
                tracing::warn!(request_id = %admitted.context.id, %failure, "the answer to a change was left out");
                Ok(ReplyBody::Full(Bytes::new()))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn pick(
        &self,
        admitted: &Admitted,
        fields: &[String],
        headers: &HeaderBlock,
        body: ReplyBody,
        due: Instant,
    ) -> Result<(ReplyBody, bool), Failure> {
        let held = Arc::new(self.budget.hold(u64::MAX));
        let content = timeout_at(due, body.collect_within(self.max, &held)).await;
        let content =
            content.map_err(|_| UpstreamError::Timeout(Phase::Body))?.map_err(UpstreamError::from)?;
        let content = plain(content, headers, self.max, &held)?;
        let list = admitted.route.list.as_deref();
        let selected = transform::select(&content, fields, list).map_err(ResponseError::NotSelectable)?;
        Ok((ReplyBody::Full(held.with(selected.content)), selected.matched))
    }

    /// Tells the log once for each route: a browser that gets nothing of an answer is hardly meant.
    fn tell(&self, admitted: &Admitted) {
        if self.told.borrow_mut().insert(admitted.route.index) {
            tracing::warn!(
                "select of route {:?} found none of its fields in an answer; are they named as in the answer, or is its list \
                 one that `list` has to name?",
                admitted.route.path
            );
        }
    }
}
