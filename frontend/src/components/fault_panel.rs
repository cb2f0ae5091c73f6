//! The error state of a section.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::{
    click::on_click,
    icon::{Glyph, icon},
};
use crate::{
    api::ApiError,
    base_path::outside,
    route::{
        router::current,
        step_up::{CONFIRM, step_up_address},
    },
};

/// Properties of [`FaultPanel`].
#[derive(Properties, PartialEq)]
pub(crate) struct FaultPanelProps {
    /// The error.
    pub(crate) error: ApiError,
    /// Tries again.
    pub(crate) on_retry: Callback<()>,
}

/// Shows an error and its remedy, with a button to try again that waits as long as the server asked.
#[component]
pub(crate) fn FaultPanel(props: &FaultPanelProps) -> Html {
    let FaultPanelProps { error, on_retry } = props;
    let seconds = use_state_eq(|| 0_u64);
    let left = *seconds;
    {
        let seconds = seconds.clone();
        use_effect_with(error.clone(), move |error| {
            seconds.set(error.wait().map_or(0, |wait| wait.as_secs()));
        });
    }
    use_effect_with(left, move |left| {
        let next = left.checked_sub(1);
        let tick = next.map(|next| Timeout::new(1_000, move || seconds.set(next)));
        move || drop(tick)
    });

    let words = error.explain();
    let refusal = match error {
        ApiError::Refused { message, .. } if !message.is_empty() => Some(message.clone()),
        _ => None,
    };
    let onclick = on_click(on_retry);
    html! {
        <div class="card fault" role="alert" data-testid="fault">
            <span class="fault__icon">{ icon(Glyph::Warning) }</span>
            <h2>{ words.title }</h2>
            <p>{ words.advice }{ refusal.map(|message| " It says: ".to_owned() + &message) }</p>
            if let Some(problem) = error.step_up() {
                // Not a link of the app: the server has to answer it.
                <a class="button" href={outside(&step_up_address(problem, &current().address()))}>{ CONFIRM }</a>
            } else {
                <button type="button" class="button" {onclick} disabled={left > 0}>
                    { "Try again" }
                    if left > 0 { <span class="tabular">{ " in " }{ left }{ " s" }</span> }
                </button>
            }
            if let Some(reference) = error.reference() {
                <p class="fault__reference">{ "Reference " }{ reference.to_owned() }</p>
            }
        </div>
    }
}
