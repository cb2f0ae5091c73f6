//! Whether a todo is done, as a mark and in words.

use yew::prelude::*;

use super::icon::{Glyph, icon};

/// The mark of a todo that is done or open, and the words beside it.
pub(crate) fn status(done: bool, words: Html) -> Html {
    let (class, glyph) =
        if done { ("status status--done", Glyph::Check) } else { ("status status--open", Glyph::Circle) };
    html! { <span ~className={class}>{ icon(glyph) }{ words }</span> }
}
