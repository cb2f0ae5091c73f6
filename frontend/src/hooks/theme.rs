//! Light or dark: the system's preference until the person decides, then their choice on every visit.

use gloo_events::EventListener;
use web_sys::MediaQueryList;
use yew::prelude::*;

use super::{storage::Stored, use_event, use_window_event};
use crate::dom;

const CHOICE: Stored = Stored::new("theme");

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
        let name = CHOICE.get()?;
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }

    /// Keeps it as the choice.
    pub(crate) fn store(self) {
        CHOICE.set(self.name());
    }

    fn preferred() -> Self {
        if dark_preference().is_some_and(|query| query.matches()) { Self::Dark } else { Self::Light }
    }

    fn apply(self) {
        if let Some(root) = dom::document().and_then(|document| document.document_element()) {
            // Setting a data attribute cannot fail.
            let _ = root.set_attribute("data-theme", self.name());
        }
    }
}

/// The system's preference for dark colours, which may change at any time.
fn dark_preference() -> Option<MediaQueryList> {
    web_sys::window()?.match_media("(prefers-color-scheme: dark)").ok()?
}

/// Applies the choice of an earlier visit.
pub(crate) fn restore() {
    if let Some(theme) = Theme::stored() {
        theme.apply();
    }
}

/// The theme in use, and a callback that switches to the other one. It follows the system until somebody chooses, and the
/// other tabs afterwards.
#[hook]
pub(crate) fn use_theme() -> (Theme, Callback<()>) {
    let theme = use_state_eq(|| Theme::stored().unwrap_or_else(Theme::preferred));
    {
        let theme = theme.clone();
        let on_system = use_event(move |()| {
            if Theme::stored().is_none() {
                theme.set(Theme::preferred());
            }
        });
        use_effect_with(on_system, |on_system| {
            let on_system = on_system.clone();
            let listener = dark_preference()
                .map(|query| EventListener::new(&query, "change", move |_| on_system.emit(())));
            move || drop(listener)
        });
    }
    {
        // Told to the other tabs only, and for any key.
        let theme = theme.clone();
        let on_storage = use_event(move |_| {
            if let Some(stored) = Theme::stored() {
                stored.apply();
                theme.set(stored);
            }
        });
        use_window_event("storage", on_storage);
    }
    let shown = *theme;
    let toggle = use_event(move |()| {
        let next = shown.other();
        next.apply();
        next.store();
        theme.set(next);
    });
    (shown, toggle)
}
