//! An address that is no page, or a todo that is not there.

use yew::prelude::*;

use crate::{
    components::{
        heading::heading,
        icon::{Glyph, icon},
    },
    route::{Route, router::link, view::TodosView},
};

/// Says that there is nothing here and why, and leads on. `action` is something else to do about it.
pub(crate) fn not_found(title: &'static str, text: &'static str, action: Html) -> Html {
    html! {
        <div class="card blank">
            <span class="blank__icon">{ icon(Glyph::Search) }</span>
            { heading(title) }
            <p>{ text }</p>
            <div class="detail__actions">
                { link(&Route::Todos(TodosView::default()), "button", html! { "All todos" }) }
                { action }
            </div>
        </div>
    }
}
