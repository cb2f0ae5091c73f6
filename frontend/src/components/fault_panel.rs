//! The error state of a section.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::{api::ApiError, hooks::use_effect_on};

/// Properties of [`FaultPanel`].
#[derive(Properties, PartialEq)]
pub(crate) struct FaultPanelProps {
    /// What went wrong.
    pub(crate) error: ApiError,
    /// Tries again.
    pub(crate) on_retry: Callback<()>,
}

/// Says what went wrong, what that means, and offers to try again – not before the server wants to hear of it.
#[component]
pub(crate) fn FaultPanel(props: &FaultPanelProps) -> Html {
    let seconds = use_state_eq(u64::default);
    {
        let seconds = seconds.clone();
        use_effect_on(props.error.clone(), move |error| {
            seconds.set(error.wait().map_or(0, |wait| wait.as_secs()));
        });
    }
    {
        let left = *seconds;
        let seconds = seconds.clone();
        use_effect_with(left, move |left| {
            let next = left.checked_sub(1);
            let tick = next.map(|next| Timeout::new(1_000, move || seconds.set(next)));
            move || drop(tick)
        });
    }

    let words = props.error.explain();
    let refusal = match &props.error {
        ApiError::Refused { message, .. } if !message.is_empty() => Some(message.clone()),
        _ => None,
    };
    let onclick = props.on_retry.reform(|_| ());
    html! {
        <div class="card fault" role="alert" data-testid="fault">
            <span class="fault__icon">{ icon(Glyph::Warning) }</span>
            <h2>{ words.title }</h2>
            <p>{ words.advice }{ refusal.map(|message| " It says: ".to_owned() + &message) }</p>
            <button type="button" class="button" {onclick} disabled={*seconds > 0}>
                { "Try again" }
                if *seconds > 0 { <span class="tabular">{ " in " }{ *seconds }{ " s" }</span> }
            </button>
            if let Some(reference) = props.error.reference() {
                <p class="fault__reference">{ "Reference " }{ reference.to_owned() }</p>
            }
        </div>
    }
}
