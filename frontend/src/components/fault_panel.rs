//! The error state of a section.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::{
    api::ApiError,
    hooks::{use_effect_on, use_value},
};

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
    let seconds = use_value(u64::default);
    let left = seconds.get();
    {
        let seconds = seconds.clone();
        use_effect_on(props.error.clone(), move |error| {
            seconds.set(error.wait().map_or(0, |wait| wait.as_secs()));
        });
    }
    use_effect_on(left, move |left| {
        let next = left.checked_sub(1);
        next.map(|next| Timeout::new(1_000, move || seconds.set(next)))
    });

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
            <button type="button" class="button" {onclick} disabled={left > 0}>
                { "Try again" }
                if left > 0 { <span class="tabular">{ " in " }{ left }{ " s" }</span> }
            </button>
            if let Some(reference) = props.error.reference() {
                <p class="fault__reference">{ "Reference " }{ reference.to_owned() }</p>
            }
        </div>
    }
}
