//! What need not be there in the task that renders its surroundings.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{app_context::use_parts, dom};

/// Properties of [`Later`].
#[derive(Properties, PartialEq)]
pub(crate) struct LaterProps {
    /// What is shown before.
    pub(crate) before: Html,
    /// What is shown then.
    pub(crate) children: Html,
}

/// Renders its children a task after all around them, on the first page.
#[component]
pub(crate) fn Later(props: &LaterProps) -> Html {
    if use_later(true) { props.children.clone() } else { props.before.clone() }
}

/// Whether a task has passed since the first render with `is_begun`. What is rendered all at once would hold a slow device up
/// for long. What begins on a later page need not wait: the browser has compiled all it needs.
#[hook]
pub(crate) fn use_later(is_begun: bool) -> bool {
    let is_quick = use_parts().are_loaded();
    let is_due = use_state_eq(|| is_quick);
    {
        let is_due = is_due.clone();
        use_effect_with(is_begun, move |is_begun| {
            if *is_begun && !*is_due {
                spawn_local(async move {
                    dom::next_task().await;
                    is_due.set(true);
                });
            }
        });
    }
    *is_due
}
