//! The one `h1` of a page.

use yew::prelude::*;

use crate::dom;

/// The id of the page's heading, which takes the focus after a navigation.
pub(crate) const HEADING: &str = "heading";

/// Names the page, as its heading.
pub(crate) fn heading(title: impl Into<AttrValue>) -> Html {
    html! { <h1 id={HEADING} tabindex="-1">{ title.into() }</h1> }
}

/// Names a page that has nothing to show yet. For screen readers only, and no place for the focus, which would be
/// lost when the content arrives.
pub(crate) fn hidden_heading(title: &'static str) -> Html {
    html! { <h1 class="visually-hidden">{ title }</h1> }
}

/// Names the page, as the title of the document.
#[hook]
pub(crate) fn use_title(title: Option<AttrValue>) {
    use_effect_with(title, |title| {
        if let Some(title) = title {
            dom::set_title(&[title, " · Todos"].concat());
        }
    });
}
