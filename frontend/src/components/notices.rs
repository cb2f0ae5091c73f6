//! What is said above every page.

use yew::prelude::*;

use super::{offline_banner::OfflineBanner, refused_changes::RefusedChanges};

/// That there is no network, and what the end of a session has refused.
#[component]
pub(crate) fn Notices() -> Html {
    html! { <><OfflineBanner /><RefusedChanges /></> }
}
