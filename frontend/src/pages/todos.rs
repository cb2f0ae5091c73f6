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

pub(crate) use self::{bulk_bar::BulkBar, saved_views::SavedViews};

use self::list::List;
use crate::{
    app_context::{Part, use_parts},
    components::{boundary::Boundary, composer::Composer, filters::Filters, heading::heading},
    hooks::use_deferred_search,
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
    let parts = use_parts();
    let listed = use_deferred_search(view);
    let on_view = use_callback((), |(view, entry), ()| go(&Route::Todos(view), entry));
    html! {
        <div class="page__body">
            <div class="section__head">
                { heading("Todos") }
                <div>{ parts.show(Part::SavedViews(view.clone(), on_view.clone())) }</div>
            </div>
            <Composer view={view.clone()} />
            <Filters view={view.clone()} on_change={on_view.clone()} />
            <Boundary><List view={listed} {on_view} /></Boundary>
        </div>
    }
}
