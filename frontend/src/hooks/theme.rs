//! Light or dark: the system's preference until the person decides, then their choice on every visit.

use web_sys::{Storage, Window};
use yew::prelude::*;

use super::{use_event, use_value};
use crate::dom;

const STORAGE_KEY: &str = "theme";

/// One of the two sets of colours in `tokens.css`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// The value of `data-theme` and of the storage.
    const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }

    /// The choice of this or an earlier visit.
    pub(crate) fn stored() -> Option<Self> {
        let name = storage()?.get_item(STORAGE_KEY).ok()??;
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }

    /// Keeps it as the choice.
    pub(crate) fn store(self) {
        if let Some(storage) = storage() {
            // A full storage costs the memory of the choice, nothing else.
            let _ = storage.set_item(STORAGE_KEY, self.name());
        }
    }

    fn preferred() -> Self {
        let dark = |window: Window| {
            window.match_media("(prefers-color-scheme: dark)").ok()?.map(|query| query.matches())
        };
        if web_sys::window().and_then(dark).unwrap_or(false) { Self::Dark } else { Self::Light }
    }

    fn apply(self) {
        if let Some(root) = dom::document().and_then(|document| document.document_element()) {
            // Setting a data attribute cannot fail.
            let _ = root.set_attribute("data-theme", self.name());
        }
    }
}

/// Storage may be switched off; then the choice lasts for the visit.
fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Applies the choice of an earlier visit.
pub(crate) fn restore() {
    if let Some(theme) = Theme::stored() {
        theme.apply();
    }
}

/// The theme in use, and a callback that switches to the other one.
#[hook]
pub(crate) fn use_theme() -> (Theme, Callback<()>) {
    let theme = use_value(|| Theme::stored().unwrap_or_else(Theme::preferred));
    let shown = theme.get();
    let toggle = use_event(move |()| {
        let next = shown.other();
        next.apply();
        next.store();
        theme.set(next);
    });
    (shown, toggle)
}
