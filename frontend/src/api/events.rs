//! What happens to todos, as the server tells it while somebody listens: server-sent events (WHATWG HTML §9.2).
//!
//! By `fetch` and not by the browser's `EventSource`, which cannot be told after which event it is to go on.

use shared::Todo;
use web_sys::AbortSignal;

use super::{
    error::ApiError,
    exchange::address,
    fetch::{content, prepare_stream, send},
    json::Json,
    lines::ContentLines,
};

/// The type of content of event streams.
const EVENT_STREAM: &str = "text/event-stream";

/// What has happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TodoEvent {
    /// A todo is new.
    Created(Todo),
    /// A todo is another one by now.
    Updated(Todo),
    /// A todo is gone.
    Deleted(Todo),
    /// Some events are missing.
    Reset,
}

/// One event as it comes: its lines so far.
#[derive(Default)]
struct Parser {
    id: Option<String>,
    name: String,
    data: String,
}

impl Parser {
    /// Takes a line in. The id, the name and the data of the event that it ends, if it ends one.
    fn take_in(&mut self, line: &[u8]) -> Option<(Option<String>, String, String)> {
        let line = std::str::from_utf8(line).ok()?.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            let Self { id, name, data } = std::mem::take(self);
            return (!data.is_empty()).then_some((id, name, data));
        }
        // A line without a colon, or with one at its beginning, says nothing here.
        let (field, value) = line.split_once(':')?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.id = Some(value.to_owned()),
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.push_str(value),
            _ => {}
        }
        None
    }
}

impl TodoEvent {
    /// The event of this name; `None` for those of other names.
    fn of(name: &str, data: &str) -> Option<Self> {
        let todo = || Json::parse(data).read();
        match name {
            "created" => todo().map(Self::Created),
            "updated" => todo().map(Self::Updated),
            "deleted" => todo().map(Self::Deleted),
            "reset" => Some(Self::Reset),
            _ => None,
        }
    }
}

/// Opens the stream at `path`, below [`API_BASE`](shared::API_BASE): after the event `last_id`, or from now on. Calls `opened`,
/// and then `told` with each event and its id. Returns at the end of the stream: whether there was one, or why not.
pub(crate) async fn follow(
    path: &str,
    last_id: Option<&str>,
    signal: &AbortSignal,
    opened: impl FnOnce(),
    mut told: impl FnMut(Option<String>, TodoEvent),
) -> Result<(), ApiError> {
    let after = last_id.map(|id| ("last-event-id", id));
    let fields: Vec<_> = [Some(("accept", EVENT_STREAM)), after].into_iter().flatten().collect();
    let response = send(prepare_stream(&address(path), &fields, signal)).await?;
    let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    let stream = match response.body() {
        Some(stream) if response.ok() && kind.starts_with(EVENT_STREAM) => stream,
        // Something else than events is an answer that the app does not understand.
        _ => return content(&response).await.and(Err(ApiError::Decode)),
    };
    opened();
    let (mut lines, mut parser) = (ContentLines::of(&stream), Parser::default());
    // A stream that breaks off is over, as one that ends.
    while let Ok(Some(line)) = lines.next().await {
        if let Some((id, name, data)) = parser.take_in(&line)
            && let Some(event) = TodoEvent::of(&name, &data)
        {
            told(id, event);
        }
    }
    Ok(())
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<(Option<String>, TodoEvent)> {
        let mut parser = Parser::default();
        let events = text.split_inclusive('\n').filter_map(|line| parser.take_in(line.as_bytes()));
        events.filter_map(|(id, name, data)| Some((id, TodoEvent::of(&name, &data)?))).collect()
    }

    #[test]
    fn events_are_read_with_their_ids_and_comments_are_not() {
        let todo = r#"{"id":7,"todo":"Sing","completed":true,"userId":5,"isDeleted":true}"#;
        let text = format!(
            ":\n\nid: 12\nevent: created\ndata: {todo}\n\nid:13\r\nevent:deleted\r\ndata:{todo}\r\n\r\n\
             event: reset\ndata: {{}}\n\nevent: unknown\ndata: {{}}\n\nid: 14\nevent: updated\ndata: {todo}\n"
        );
        let sing = Todo { id: 7, todo: "Sing".to_owned(), completed: true, user_id: 5 };
        let expected = [
            (Some("12".to_owned()), TodoEvent::Created(sing.clone())),
            (Some("13".to_owned()), TodoEvent::Deleted(sing)),
            (None, TodoEvent::Reset),
        ];
        assert_eq!(parse(&text), expected);
    }
}
