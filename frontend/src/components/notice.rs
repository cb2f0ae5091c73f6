//! The quiet error state: what is on the screen is older than it should be.

use yew::prelude::*;

use crate::api::ApiError;

/// Why what is shown may be old.
pub(crate) struct Staleness {
    /// The server asked to wait before it is asked again, which happens by itself.
    pub(crate) held_off: bool,
    /// The last attempt failed for good.
    pub(crate) error: Option<ApiError>,
    /// Tries again.
    pub(crate) retry: Callback<()>,
}

/// One line that says that `what` could not be loaded, with a way to try again if it takes one. An empty place if there is
/// nothing to say.
pub(crate) fn stale_notice(what: &'static str, staleness: &Staleness) -> Html {
    let Staleness { held_off, error, retry } = staleness;
    let onclick = retry.reform(|_| ());
    html! {
        <div class="slot" role="status">
            if *held_off {
                <div class="notice">
                    <span class="notice__text">{ what }{ " will be refreshed in a moment. The server asks for a short break." }</span>
                </div>
            } else if let Some(error) = error {
                <div class="notice">
                    <span class="notice__text">
                        { what }{ " could not be refreshed. " }{ error.explain().title }{ "." }
                    </span>
                    <button type="button" class="button" {onclick}>{ "Try again" }</button>
                </div>
            }
        </div>
    }
}
