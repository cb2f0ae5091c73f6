//! The banner for a time without a network.

use web_sys::Event;
use yew::prelude::*;

use crate::{
    app_context::use_changes,
    dom,
    hooks::{use_event, use_window_event},
    queries::{Connection, use_connection},
};

const OFFLINE: &str = "You’re offline. What you change waits, and is sent once you’re back.";

/// Says that there is no network, and how many changes wait for it. Who leaves the page then is asked first, since the changes
/// would go with it.
#[component]
pub(crate) fn OfflineBanner() -> Html {
    let Connection { online, waiting } = use_connection();
    let deletions = use_changes().hidden.len();
    {
        let before = use_mut_ref(|| true);
        use_effect_with(online, move |online| {
            if before.replace(*online) != *online {
                dom::announce(if *online { "You’re back online." } else { OFFLINE });
            }
        });
    }
    let on_leave = use_event(move |event: Event| {
        if waiting > 0 || (!online && deletions > 0) {
            event.prevent_default();
        }
    });
    use_window_event("beforeunload", on_leave);
    html! {
        // Announced above, once: a live region would repeat itself with each change.
        <div class="slot offline">
            if !online {
                <p class="notice notice--alone">
                    { OFFLINE }
                    if waiting > 0 {
                        <span class="tabular">
                            { waiting }{ if waiting == 1 { " change waits." } else { " changes wait." } }
                        </span>
                    }
                </p>
            }
        </div>
    }
}
