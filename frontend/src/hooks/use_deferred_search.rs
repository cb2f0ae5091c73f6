//! A list that follows the typing in its own time.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{dom, route::view::TodosView};

/// The view to list: `view`, but for a new search, which comes a task later. So a letter is seen before the list of thousands has
/// been searched for it.
#[hook]
pub(crate) fn use_deferred_search(view: &TodosView) -> TodosView {
    let last = use_state_eq(|| view.clone());
    {
        let last = last.clone();
        use_effect_with(view.clone(), move |view| {
            let view = view.clone();
            spawn_local(async move {
                dom::next_task().await;
                last.set(view);
            });
        });
    }
    if last.search == view.search { view.clone() } else { (*last).clone() }
}
