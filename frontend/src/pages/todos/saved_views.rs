//! Views that somebody has given a name, in this browser.

use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use crate::{
    components::icon::{Glyph, icon},
    dom,
    domain::saved_views::NAME_MAX,
    hooks::use_saved_views,
    route::{router::Entry, view::TodosView},
};

const MENU: &str = "saved-views";
const NAME: &str = "view-name";

/// Properties of [`SavedViews`].
#[derive(Properties, PartialEq)]
pub(crate) struct SavedViewsProps {
    /// The view that is shown now.
    pub(crate) view: TodosView,
    /// Called with the view to show next.
    pub(crate) on_view: Callback<(TodosView, Entry)>,
}

/// A menu of the saved views, with a form to save the one that is shown.
#[component]
pub(crate) fn SavedViews(props: &SavedViewsProps) -> Html {
    let SavedViewsProps { view, on_view } = props;
    let (saved, change) = use_saved_views();
    let onsubmit = {
        let (view, change) = (view.clone(), change.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(input) = dom::by_id::<HtmlInputElement>(NAME) {
                let name = input.value().trim().to_owned();
                if !name.is_empty() {
                    input.set_value("");
                    change.emit((name, Some(view.clone())));
                    dom::announce("View saved");
                }
            }
        }
    };
    html! {
        <div class="views">
            <button type="button" class="button button--quiet" popovertarget={MENU}>{ "Views" }{ icon(Glyph::Down) }</button>
            <div id={MENU} class="card menu" popover="auto">
                if saved.is_empty() {
                    <p class="menu__head hint">{ "Save a search with its filters to come back to it." }</p>
                }
                <ul>
                    for (name, saved) in saved.iter() {
                        <li key={name.clone()} class="views__item">
                            <button type="button" class="button button--quiet" popovertarget={MENU} popovertargetaction="hide"
                                onclick={
                                    let saved = saved.clone();
                                    on_view.reform(move |_: MouseEvent| (saved.clone(), Entry::Push))
                                }>
                                <bdi>{ name.clone() }</bdi>
                            </button>
                            <button type="button" class="icon-button" aria-label={["Forget the view “", name, "”"].concat()}
                                onclick={
                                    let name = name.clone();
                                    change.reform(move |_: MouseEvent| (name.clone(), None))
                                }>
                                { icon(Glyph::Close) }
                            </button>
                        </li>
                    }
                </ul>
                <form class="views__form" {onsubmit}>
                    <label class="label" for={NAME}>{ "Save this view as" }</label>
                    <input id={NAME} class="field" autocomplete="off" maxlength={NAME_MAX.to_string()} />
                    <button class="button">{ "Save" }</button>
                </form>
            </div>
        </div>
    }
}
