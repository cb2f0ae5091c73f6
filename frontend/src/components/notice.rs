//! The quiet error state: what is on the screen is older than it should be.

use yew::prelude::*;

use crate::api::ApiError;

/// One line that says that `what` could not be loaded, with a way to try again. An empty place without an error.
pub(crate) fn stale_notice(what: &'static str, error: Option<&ApiError>, on_retry: &Callback<()>) -> Html {
    let onclick = on_retry.reform(|_| ());
    html! {
        <div class="slot" role="status">
            if let Some(error) = error {
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
