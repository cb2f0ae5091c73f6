//! What the end of a session has refused, offered again to the person whose it was.

use yew::prelude::*;

use crate::queries::use_refused_changes;

/// How many changes are named.
const NAMED: usize = 4;

/// Names the changes that were not saved, and offers to save them. Nothing is sent by itself: much may have happened since.
#[component]
pub(crate) fn RefusedChanges() -> Html {
    let (refused, settle) = use_refused_changes();
    if refused.is_empty() {
        return html! { <div class="slot"></div> };
    }
    let (text, save) = match refused.len() {
        1 => ("Your session ended before this was saved:".to_owned(), "Save it now"),
        count => (
            ["Your session ended before these ", &count.to_string(), " changes were saved:"].concat(),
            "Save them now",
        ),
    };
    let more = refused.len().saturating_sub(NAMED);
    html! {
        <section class="slot" aria-label="Not saved">
            <div class="notice">
                <div class="notice__text">
                    <p>{ text }</p>
                    <ul>
                        for (place, change) in refused.iter().take(NAMED).enumerate() {
                            <li key={place} dir="auto">{ change.describe() }</li>
                        }
                        if more > 0 { <li>{ "and " }{ more }{ " more" }</li> }
                    </ul>
                </div>
                <button type="button" class="button" onclick={settle.reform(|_| true)}>{ save }</button>
                <button type="button" class="button" onclick={settle.reform(|_| false)}>{ "Dismiss" }</button>
            </div>
        </section>
    }
}
