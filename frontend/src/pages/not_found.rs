//! An address that is no page, or a todo that is not there.

use yew::prelude::*;

use crate::{
    components::{
        heading::heading,
        icon::{Glyph, icon},
    },
    route::{Route, router::Link, view::TodosView},
};

/// Properties of [`NotFound`].
#[derive(Properties, PartialEq)]
pub(crate) struct NotFoundProps {
    /// What is not there.
    pub(crate) title: &'static str,
    /// Why.
    pub(crate) text: &'static str,
    /// Something else to do about it.
    #[prop_or_default]
    pub(crate) children: Html,
}

/// Says that there is nothing here and why, and leads on.
#[component]
pub(crate) fn NotFound(props: &NotFoundProps) -> Html {
    let NotFoundProps { title, text, children } = props;
    html! {
        <div class="card blank">
            <span class="blank__icon">{ icon(Glyph::Search) }</span>
            { heading(*title) }
            <p>{ text }</p>
            <div class="detail__actions">
                <Link to={Route::Todos(TodosView::default())} class="button">{ "All todos" }</Link>
                { children.clone() }
            </div>
        </div>
    }
}
