//! Whether a todo is done, as a mark and in words.

use yew::prelude::*;

use super::icon::{Glyph, icon};

/// Properties of [`Status`].
#[derive(Properties, PartialEq)]
pub(crate) struct StatusProps {
    /// Done, or open.
    pub(crate) done: bool,
    /// The words beside the mark.
    pub(crate) children: Html,
}

/// The mark of a todo that is done or open, and the words beside it.
#[component]
pub(crate) fn Status(props: &StatusProps) -> Html {
    let (class, glyph) =
        if props.done { ("status--done", Glyph::Check) } else { ("status--open", Glyph::Circle) };
    html! { <span class={classes!("status", class)}>{ icon(glyph) }{ props.children.clone() }</span> }
}
