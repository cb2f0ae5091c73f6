//! What can be done with all todos that are selected.

use std::rc::Rc;

use shared::UserId;
use yew::prelude::*;

use crate::{
    app_context::Bulk,
    components::{
        click::on_click,
        icon::{Glyph, icon},
        person::PersonSelect,
    },
    domain::people::People,
};

/// Properties of [`BulkBar`].
#[derive(Properties, PartialEq)]
pub(crate) struct BulkBarProps {
    /// How many are selected.
    pub(crate) count: usize,
    /// How many could be, on this page.
    pub(crate) of: usize,
    /// All people.
    pub(crate) people: Rc<People>,
    /// Selects all.
    pub(crate) on_all: Callback<()>,
    /// Called with what to do.
    pub(crate) on_bulk: Callback<Bulk>,
}

/// A bar at the lower edge of the window for as long as todos can be selected.
#[component]
pub(crate) fn BulkBar(props: &BulkBarProps) -> Html {
    let BulkBarProps { count, of, people, on_all, on_bulk } = props;
    let on = |bulk| on_bulk.reform(move |_: MouseEvent| bulk);
    let on_person = {
        let on_bulk = on_bulk.clone();
        move |person: Option<UserId>| {
            if let Some(person) = person {
                on_bulk.emit(Bulk::Give(person));
            }
        }
    };
    let none = *count == 0;
    html! {
        <section class="bulk" aria-label="Selected todos">
            <p class="bulk__count tabular" role="status">{ count }{ " selected" }</p>
            <button type="button" class="button" disabled={count == of} onclick={on_click(on_all)}>{ "Select all" }</button>
            <button type="button" class="button" disabled={none} onclick={on(Bulk::Complete(true))}>{ "Mark as done" }</button>
            <button type="button" class="button" disabled={none} onclick={on(Bulk::Complete(false))}>{ "Mark as open" }</button>
            if !none {
                <PersonSelect id="bulk-person" label="Give to" people={people.clone()} value={None::<UserId>}
                    empty_option="Give to…" on_change={on_person} />
            }
            <button type="button" class="button button--danger" disabled={none} onclick={on(Bulk::Delete)}>
                { icon(Glyph::Trash) }{ "Delete" }
            </button>
            <button type="button" class="icon-button" aria-label="End the selection" onclick={on(Bulk::Cancel)}>
                { icon(Glyph::Close) }
            </button>
        </section>
    }
}
