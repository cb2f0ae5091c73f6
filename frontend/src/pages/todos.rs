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
    components::{boundary::Boundary, composer::Composer, filters::Filters, heading::heading, later::Later},
    hooks::use_deferred_search,
    queries::use_todos,
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
    // Asked for together with the people of the form, in one request: the list comes a task later.
    let todos = use_todos();
    let listed = use_deferred_search(view);
    let on_view = use_callback((), |(view, entry), ()| go(&Route::Todos(view), entry));
    let before = html! { <span class="bone bone--panel" aria-busy="true"></span> };
    html! {
        <div class="page__body">
            <div class="section__head">
                { heading("Todos") }
                <div>{ parts.show(Part::SavedViews(view.clone(), on_view.clone())) }</div>
            </div>
            <Composer view={view.clone()} />
            <Later before={before.clone()}>
                <Filters view={view.clone()} on_change={on_view.clone()} />
                <div class="listing">
                    <Boundary><Later {before}><List view={listed} {todos} {on_view} /></Later></Boundary>
                </div>
            </Later>
        </div>
    }
}
