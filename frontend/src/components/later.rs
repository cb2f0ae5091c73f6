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

/// Renders its children a task after all around them, on the first page. Both at once would hold a slow device up for long. Later
/// pages are quick: the browser has compiled what they need.
#[component]
pub(crate) fn Later(props: &LaterProps) -> Html {
    let is_quick = use_parts().are_loaded();
    let is_due = use_state_eq(|| is_quick);
    {
        let is_due = is_due.clone();
        use_effect_with((), move |()| {
            if !*is_due {
                spawn_local(async move {
                    dom::next_task().await;
                    is_due.set(true);
                });
            }
        });
    }
    if *is_due { props.children.clone() } else { props.before.clone() }
}
