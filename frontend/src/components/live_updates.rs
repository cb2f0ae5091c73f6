//! Live updates, in a component of their own: the frame is not to be rendered for each change of a todo.

use yew::prelude::*;

use crate::queries::use_live_updates;

/// Nothing to see.
#[component]
pub(crate) fn LiveUpdates() -> Html {
    use_live_updates();
    html! { <div hidden=true></div> }
}
