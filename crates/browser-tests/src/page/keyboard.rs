//! Keys, and getting around with nothing else.

use fantoccini::{
    actions::{InputSource as _, KeyAction, KeyActions},
    key::Key,
};

use super::Page;
use crate::target::{Node, Target};

/// How many times Tab may be pressed to get somewhere on one page.
const STOPS: usize = 120;

/// One key, maybe with a modifier.
#[derive(Debug, Clone, Copy)]
pub struct Stroke {
    key: char,
    modifier: Option<char>,
}

impl Stroke {
    /// Confirms, follows, submits.
    pub const ENTER: Self = Self::key('\u{e007}');
    /// Cancels.
    pub const ESCAPE: Self = Self::key('\u{e00c}');
    /// Presses and ticks.
    pub const SPACE: Self = Self::key(' ');
    /// To the next stop.
    pub const TAB: Self = Self::key('\u{e004}');
    /// Empties a selection.
    pub const DELETE: Self = Self::key('\u{e017}');
    /// To the next of several.
    pub const RIGHT: Self = Self::key('\u{e014}');

    /// A key by its character.
    #[must_use]
    pub const fn key(key: char) -> Self {
        Self { key, modifier: None }
    }

    /// A letter with Control held down.
    #[must_use]
    pub fn with_control(key: &str) -> Self {
        Self { key: key.chars().next().unwrap(), modifier: Some(Key::Control.into()) }
    }
}

impl Page {
    /// Presses a key, wherever the focus is.
    pub async fn press(&self, stroke: Stroke) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        if let Some(value) = stroke.modifier {
            actions = actions.then(KeyAction::Down { value });
        }
        actions =
            actions.then(KeyAction::Down { value: stroke.key }).then(KeyAction::Up { value: stroke.key });
        if let Some(value) = stroke.modifier {
            actions = actions.then(KeyAction::Up { value });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Presses Tab until `target` has the focus.
    pub async fn tab_to(&self, target: &Target) {
        let mut passed = Vec::new();
        for _ in 0..STOPS {
            self.press(Stroke::TAB).await;
            let node = self.focused().await;
            if node.is(target) {
                return;
            }
            passed.push(node.to_string());
        }
        panic!("Tab does not lead to {target}, only to {passed:?}");
    }

    /// Everything that Tab stops at, from where the focus is until it leaves the page or comes round.
    pub async fn tab_stops(&self) -> Vec<Node> {
        let mut stops: Vec<Node> = Vec::new();
        while stops.len() < STOPS {
            self.press(Stroke::TAB).await;
            let node = self.focused().await;
            let round = stops.first().is_some_and(|first| first.backend_id() == node.backend_id());
            if round || node.role == "RootWebArea" {
                break;
            }
            stops.push(node);
        }
        stops
    }
}
