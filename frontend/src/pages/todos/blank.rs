//! A list without a todo.

use yew::prelude::*;

use crate::{
    components::icon::{Glyph, icon},
    route::{router::Entry, view::TodosView},
};

/// Properties of [`Blank`].
#[derive(Properties, PartialEq)]
pub(crate) struct BlankProps {
    /// The view that selects nothing.
    pub(crate) view: TodosView,
    /// Called with the view that shows everything.
    pub(crate) on_view: Callback<(TodosView, Entry)>,
}

/// Says why the list is empty, and leads on.
#[component]
pub(crate) fn Blank(props: &BlankProps) -> Html {
    let BlankProps { view, on_view } = props;
    if view.is_filtered() {
        let everything = view.unfiltered();
        let clear = on_view.reform(move |_: MouseEvent| (everything.clone(), Entry::Push));
        html! {
            <div class="card blank">
                <span class="blank__icon">{ icon(Glyph::Search) }</span>
                <h3>{ "Nothing matches" }</h3>
                <p>{ "No todo fits this search and these filters." }</p>
                <button type="button" class="button" onclick={clear}>{ "Show all todos" }</button>
            </div>
        }
    } else {
        html! {
            <div class="card blank">
                <span class="blank__icon">{ icon(Glyph::Check) }</span>
                <h3>{ "Nothing to do" }</h3>
                <p>{ "Add the first todo above. Press " }<kbd class="kbd">{ "Enter" }</kbd>{ " and it is here." }</p>
            </div>
        }
    }
}
