//! What one tab of the browser tells the others about the session. Where there is no `BroadcastChannel` nobody is told, and
//! a tab finds out when it is looked at.

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};
use yew::Callback;

use crate::base_path::outside;

/// The text for [`News::SignedOut`], which no person's id is: ids follow [`PERSON`].
const SIGNED_OUT: &str = "signed out";

/// What precedes the id in [`News::Session`]. Alone it stands for nobody.
const PERSON: &str = "person ";

/// News of the session.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum News {
    /// Whose the session is now, by the person's id.
    Session(Option<String>),
    /// The person has signed out, and leaves nothing behind.
    SignedOut,
}

impl News {
    fn to_text(&self) -> String {
        match self {
            Self::Session(person) => [PERSON, person.as_deref().unwrap_or_default()].concat(),
            Self::SignedOut => SIGNED_OUT.to_owned(),
        }
    }

    /// The news in a text. Another build of the app may send what this one does not know.
    fn parse(text: &str) -> Option<Self> {
        if text == SIGNED_OUT {
            return Some(Self::SignedOut);
        }
        let person = text.strip_prefix(PERSON)?;
        Some(Self::Session(Some(person.to_owned()).filter(|person| !person.is_empty())))
    }
}

/// Each path below which an app lives has a channel of its own.
fn channel() -> Option<BroadcastChannel> {
    BroadcastChannel::new(&outside("/session")).ok()
}

/// Tells everybody who listens, in this tab as well.
pub(crate) fn tell(news: &News) {
    if let Some(channel) = channel() {
        // Text can always be copied.
        let _ = channel.post_message(&news.to_text().into());
        channel.close();
    }
}

/// Listens until it is dropped.
pub(crate) struct Listening {
    channel: BroadcastChannel,
    _listener: EventListener,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.channel.close();
    }
}

/// Calls `told` with what is told from now on.
pub(crate) fn listen(told: Callback<News>) -> Option<Listening> {
    let channel = channel()?;
    let listener = EventListener::new(&channel, "message", move |event| {
        let text = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
        if let Some(news) = text.and_then(|text| News::parse(&text)) {
            told.emit(news);
        }
    });
    Some(Listening { channel, _listener: listener })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_read_as_they_were_written() {
        for news in [News::Session(Some("signed out".to_owned())), News::Session(None), News::SignedOut] {
            assert_eq!(News::parse(&news.to_text()), Some(news));
        }
        assert_eq!(News::parse("something new"), None);
    }
}
