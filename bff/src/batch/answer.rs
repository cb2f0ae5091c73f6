//! The answers to the items of a batch, and their serialization.

use std::{collections::BTreeMap, time::Instant};

use http::header;
use serde_json::value::RawValue;
use tokio::time::timeout_at;

use shared::{BatchAnswer, BatchAnswers, BatchLine, Problem, problem::PROBLEM_JSON};

use http_message::{Reply, ReplyError, budget::Held, media_type::essence};

use upstream::UpstreamError;

use crate::{
    failure::Failure,
    response::{compression::plain, transform::without_mark},
};

/// JSON text, passed on as it came.
type ItemJson = Box<RawValue>;

/// Turns a reply into the answer to an item. Content that is larger than `max` bytes, that may not be `held`, or that is not
/// there when the batch is `due`, becomes a problem.
pub async fn of_reply(
    reply: Reply,
    id: &str,
    max: u64,
    held: &Held,
    due: Option<Instant>,
) -> BatchAnswer<ItemJson> {
    let Reply { status, headers, body } = reply;
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let fields = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let mut block: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in fields {
        let line = block.entry(name.to_owned()).or_default();
        // Repeated fields are one list (RFC 9110 §5.3).
        line.push_str(if line.is_empty() { "" } else { ", " });
        line.push_str(value);
    }
    let collected = match due {
        Some(due) => {
            timeout_at(due.into(), body.collect_within(max, held)).await.unwrap_or(Err(ReplyError::TimedOut))
        }
        None => body.collect_within(max, held).await,
    };
    // An item asks for no coding.
    let content =
        collected.map_err(UpstreamError::from).and_then(|content| plain(content, &headers, max, held));
    let content = match content {
        Ok(content) => content,
        Err(err) => return of_failure(err.into(), id),
    };
    block.remove(header::CONTENT_ENCODING.as_str());
    let content_type = block.get(header::CONTENT_TYPE.as_str()).map_or("", String::as_str);
    let essence = essence(content_type.as_bytes()).to_ascii_lowercase();
    let mut answer = BatchAnswer { status: status.as_u16(), headers: block, data: None, problem: None };
    if content.is_empty() {
        return answer;
    }
    if essence == PROBLEM_JSON.as_bytes()
        && let Ok(problem) = serde_json::from_slice::<Problem>(&content)
    {
        answer.problem = Some(problem);
        return answer;
    }
    let Ok(text) = String::from_utf8(without_mark(&content).to_vec()) else {
        return of_failure(UpstreamError::Failed("the content is no text".to_owned()).into(), id);
    };
    let is_json = essence == b"application/json" || essence.ends_with(b"+json");
    answer.data = is_json.then(|| RawValue::from_string(one_line(&text)).ok()).flatten();
    if answer.data.is_none() {
        answer.data = serde_json::value::to_raw_value(&text).ok();
    }
    // Text is longer once it is escaped: sixfold, where somebody means it.
    let json = answer.data.as_ref().map_or(0, |data| data.get().len());
    if let Err(budget) = held.add(json.saturating_sub(content.len())) {
        return of_failure(UpstreamError::from(ReplyError::from(budget)).into(), id);
    }
    answer
}

/// JSON without line ends. A line end would end the enclosing line, and let the upstream begin a line of its own.
/// Between values line ends mean nothing, and JSON allows none within a text (RFC 8259 §7).
fn one_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// Turns a failure into the answer to an item.
fn of_failure(failure: Failure, id: &str) -> BatchAnswer<ItemJson> {
    let problem = failure.problem(id);
    BatchAnswer { status: problem.status, headers: BTreeMap::new(), data: None, problem: Some(problem) }
}

/// Serializes all answers, in order. The content of an item that succeeded stands among the results, and there alone.
#[must_use]
pub fn answers(mut responses: Vec<BatchAnswer<ItemJson>>) -> Vec<u8> {
    let result = |answer: &mut BatchAnswer<ItemJson>| match answer.status {
        200..300 => answer.data.take(),
        _ => None,
    };
    let results = responses.iter_mut().map(result).collect();
    // Plain data: serializing it cannot fail.
    serde_json::to_vec(&BatchAnswers { results, responses }).unwrap_or_default()
}

/// Serializes one answer as a line.
#[must_use]
pub fn line(index: usize, answer: BatchAnswer<ItemJson>) -> Vec<u8> {
    let mut line = serde_json::to_vec(&BatchLine { index, answer }).unwrap_or_default();
    line.push(b'\n');
    line
}
