//! The quiet error state: data on the screen that is older than it should be.

use yew::prelude::*;

use crate::{
    api::ApiError,
    base_path::outside,
    queries::use_retry_all,
    route::{
        router::current,
        step_up::{CONFIRM, step_up_address},
    },
};

/// The reason why data on the screen may be old.
#[derive(Clone, PartialEq)]
pub(crate) struct Staleness {
    /// The server asked to wait before it is asked again, which happens by itself.
    pub(crate) held_off: bool,
    /// The last attempt failed for good.
    pub(crate) error: Option<ApiError>,
    /// Tries again.
    pub(crate) retry: Callback<()>,
}

/// Properties of [`StaleNotice`].
#[derive(Properties, PartialEq)]
pub(crate) struct StaleNoticeProps {
    /// What could not be loaded again.
    pub(crate) what: &'static str,
    /// Why.
    pub(crate) staleness: Staleness,
}

/// One line that says that something could not be loaded, with a way to try again if it takes one. An empty place if there
/// is nothing to say.
#[component]
pub(crate) fn StaleNotice(props: &StaleNoticeProps) -> Html {
    let StaleNoticeProps { what, staleness: Staleness { held_off, error, retry } } = props;
    let retry_all = use_retry_all();
    let (how, why) = match error {
        _ if *held_off => (" will be refreshed in a moment. ", "The server asks for a short break"),
        Some(error) => (" could not be refreshed. ", error.explain().title),
        None => return html! { <div class="slot" role="status"></div> },
    };
    let again = match error.as_ref().and_then(ApiError::step_up) {
        // It would do nothing before the server's time has come.
        _ if *held_off => None,
        Some(problem) => {
            let href = outside(&step_up_address(problem, &current().address()));
            Some(html! { <a class="button" {href}>{ CONFIRM }</a> })
        }
        None => {
            let onclick = {
                let (retry, retry_all) = (retry.clone(), retry_all.clone());
                move |_: MouseEvent| {
                    retry.emit(());
                    retry_all.emit(());
                }
            };
            Some(html! { <button type="button" class="button" {onclick}>{ "Try again" }</button> })
        }
    };
    html! {
        <div class="slot" role="status">
            <div class="notice">
                <span class="notice__text">{ what }{ how }{ why }{ "." }</span>
                { again }
            </div>
        </div>
    }
}
