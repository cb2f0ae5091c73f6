//! The order and the division of the list, and whether it has pages.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::{
    components::icon::{Glyph, icon},
    route::{
        router::Entry,
        view::{Group, Sort, TodosView},
    },
};

/// Properties of [`Options`].
#[derive(Properties, PartialEq)]
pub(crate) struct OptionsProps {
    /// The view that is shown now.
    pub(crate) view: TodosView,
    /// Whether there is more than one page, or would be.
    pub(crate) is_long: bool,
    /// Called with the view to show next.
    pub(crate) on_view: Callback<(TodosView, Entry)>,
    /// Begins a selection.
    pub(crate) on_select: Callback<MouseEvent>,
}

/// Sort, group, select, show all.
#[component]
pub(crate) fn Options(props: &OptionsProps) -> Html {
    let OptionsProps { view, is_long, on_view, on_select } = props;
    let on_sort = {
        let view = view.clone();
        on_view.reform(move |name: String| {
            let sort = Sort::ALL.into_iter().find(|sort| sort.name() == name).unwrap_or_default();
            (TodosView { sort, page: 1, ..view.clone() }, Entry::Push)
        })
    };
    let on_group = {
        let view = view.clone();
        on_view.reform(move |name: String| {
            let group = Group::ALL.into_iter().find(|group| group.name() == name).unwrap_or_default();
            (TodosView { group, page: 1, ..view.clone() }, Entry::Push)
        })
    };
    let toggle_all = {
        let next = TodosView { all: !view.all, page: 1, ..view.clone() };
        on_view.reform(move |_: MouseEvent| (next.clone(), Entry::Push))
    };
    html! {
        <div class="options">
            <Choice label="Sort" value={view.sort.name()} on_change={on_sort}
                options={Sort::ALL.map(|sort| (sort.name(), sort.label())).to_vec()} />
            <Choice label="Group" value={view.group.name()} on_change={on_group}
                options={Group::ALL.map(|group| (group.name(), group.label())).to_vec()} />
            if *is_long {
                <button type="button" class="button button--quiet" aria-pressed={if view.all { "true" } else { "false" }}
                    onclick={toggle_all}>
                    { if view.all { "Show pages" } else { "Show all" } }
                </button>
            }
            <button type="button" class="button button--quiet" onclick={on_select}>{ "Select" }</button>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ChoiceProps {
    label: &'static str,
    value: &'static str,
    /// Values and their names.
    options: Vec<(&'static str, &'static str)>,
    on_change: Callback<String>,
}

#[component]
fn Choice(props: &ChoiceProps) -> Html {
    let ChoiceProps { label, value, options, on_change } = props;
    let onchange =
        on_change.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    html! {
        <div class="select">
            <select class="field field--small" aria-label={*label} {onchange}>
                for (name, label) in options {
                    <option key={*name} value={*name} selected={name == value}>{ label }</option>
                }
            </select>
            { icon(Glyph::Down) }
        </div>
    }
}
