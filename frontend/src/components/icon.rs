//! The icons: strokes on a 24 px grid. They are decoration; the name of a control is always in words.

use yew::prelude::*;

/// Which icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum Glyph {
    Back,
    Check,
    Circle,
    Close,
    Down,
    Edit,
    List,
    Moon,
    Next,
    Overview,
    Plus,
    Search,
    Sun,
    Trash,
    Warning,
}

impl Glyph {
    const fn path(self) -> &'static str {
        match self {
            Self::Back => "m15 6-6 6 6 6",
            Self::Check => "m5 12.5 4.5 4.5L19 7.5",
            Self::Circle => "M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14",
            Self::Close => "M6 6l12 12M18 6 6 18",
            Self::Down => "m6 9 6 6 6-6",
            Self::Edit => "M4 20h4L19 9a2.8 2.8 0 0 0-4-4L4 16zM13.5 6.5l4 4",
            Self::List => "M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
            Self::Next => "m9 6 6 6-6 6",
            Self::Overview => "M5 20V11M12 20V4M19 20v-6",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Search => "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20 20l-4-4",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M4.5 4.5 6 6M18 18l1.5 1.5M4.5 19.5 6 18M18 6l1.5-1.5"
            }
            Self::Trash => "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
            Self::Warning => "M12 4 2.5 20h19zM12 10v4M12 17h.01",
        }
    }
}

/// An icon in the colour of the text around it.
pub(crate) fn icon(glyph: Glyph) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={glyph.path()} /></svg>
    }
}
