//! Search and filters of the todo list.

use shared::UserId;
use web_sys::{HtmlInputElement, InputEvent, KeyboardEvent};
use yew::prelude::*;

use super::{
    icon::{Glyph, icon},
    person::PersonSelect,
};
use crate::{
    dom,
    hooks::use_keydown,
    queries::use_people,
    route::{
        router::Entry,
        view::{StateFilter, TodosView},
    },
};

const SEARCH: &str = "search";

/// Properties of [`Filters`].
#[derive(Properties, PartialEq)]
pub(crate) struct FiltersProps {
    /// The view that is shown now.
    pub(crate) view: TodosView,
    /// Called with the view to show next. Typing replaces the address, choosing makes a new one.
    pub(crate) on_change: Callback<(TodosView, Entry)>,
}

/// Search, state and person. `/` goes to the search from anywhere, Escape empties it.
#[component]
pub(crate) fn Filters(props: &FiltersProps) -> Html {
    let FiltersProps { view, on_change } = props;
    let people = use_people();
    let search = {
        let (view, on_change) = (view.clone(), on_change.clone());
        move |search: String| on_change.emit((TodosView { search, page: 1, ..view.clone() }, Entry::Replace))
    };
    let oninput = {
        let search = search.clone();
        move |event: InputEvent| search(event.target_unchecked_into::<HtmlInputElement>().value())
    };
    let onkeydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            search(String::new());
        }
    };
    let on_person = {
        let (view, on_change) = (view.clone(), on_change.clone());
        Callback::from(move |person: Option<UserId>| {
            on_change.emit((TodosView { person, page: 1, ..view.clone() }, Entry::Push));
        })
    };
    let clear = on_change.reform(|_| (TodosView::default(), Entry::Push));
    use_keydown(|event: KeyboardEvent| {
        let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        if event.key() == "/" && plain && !dom::is_text_field(event.target()) {
            event.prevent_default();
            dom::focus(SEARCH);
        }
    });

    html! {
        <search class="filters" aria-label="Filter todos">
            <div class="search">
                <input id={SEARCH} type="search" class="field" placeholder="Search todos" aria-label="Search todos"
                    aria-keyshortcuts="/" autocomplete="off" enterkeyhint="search"
                    value={view.search.clone()} {oninput} {onkeydown} />
                { icon(Glyph::Search) }
                <kbd class="kbd" aria-hidden="true">{ "/" }</kbd>
            </div>
            <fieldset class="segments">
                <legend class="visually-hidden">{ "State" }</legend>
                for state in StateFilter::ALL {
                    <label key={state.name()} class="segment">
                        <input type="radio" class="segment__input" name="state" value={state.name()}
                            checked={view.state == state} onchange={
                                let (view, on_change) = (view.clone(), on_change.clone());
                                move |_| on_change.emit((TodosView { state, page: 1, ..view.clone() }, Entry::Push))
                            } />
                        <span class="segment__face">{ state.label() }</span>
                    </label>
                }
            </fieldset>
            <div class="filters__person">
                <PersonSelect id="filter-person" label="Filter by person" {people} value={view.person}
                    empty_option="Everybody" on_change={on_person} />
            </div>
            if view.is_filtered() {
                <button type="button" class="button button--quiet" onclick={clear}>{ "Clear filters" }</button>
            }
        </search>
    }
}
