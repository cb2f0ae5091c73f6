//! The list: search, filter, sort, page, add, tick, edit, delete, and all of these for many at once.

mod blank;
mod bulk_bar;
mod keys;
mod list;
mod options;
mod saved_views;
mod selection;
mod window;

use yew::prelude::*;

use self::{list::List, saved_views::SavedViews};
use crate::{
    components::{boundary::Boundary, composer::Composer, filters::Filters, heading::heading},
    route::{Route, router::go, view::TodosView},
};

/// Properties of [`TodosPage`].
#[derive(Properties, PartialEq)]
pub(crate) struct TodosPageProps {
    /// The part of the address that says what is shown.
    pub(crate) view: TodosView,
}

/// The list with its form and filters.
#[component]
pub(crate) fn TodosPage(props: &TodosPageProps) -> Html {
    let view = &props.view;
    let on_view = use_callback((), |(view, entry), ()| go(&Route::Todos(view), entry));
    html! {
        <div class="page__body">
            <div class="section__head">
                { heading("Todos") }
                <SavedViews view={view.clone()} on_view={on_view.clone()} />
            </div>
            <Composer view={view.clone()} />
            <Filters view={view.clone()} on_change={on_view.clone()} />
            <Boundary><List view={view.clone()} {on_view} /></Boundary>
        </div>
    }
}
