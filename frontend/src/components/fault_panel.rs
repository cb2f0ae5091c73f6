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
    hooks::{use_effect_on, use_value},
    route::{
        router::current,
        step_up::{CONFIRM, step_up_address},
    },
};

/// Shows an error and its remedy, with a button to try again that waits as long as the server asked.
#[hook]
pub(crate) fn use_fault_panel(error: Option<ApiError>, on_retry: &Callback<()>) -> Option<Html> {
    let seconds = use_value(u64::default);
    let left = seconds.get();
    {
        let seconds = seconds.clone();
        use_effect_on(error.clone(), move |error| {
            let wait = error.as_ref().and_then(ApiError::wait);
            seconds.set(wait.map_or(0, |wait| wait.as_secs()));
        });
    }
    use_effect_on(left, move |left| {
        let next = left.checked_sub(1);
        next.map(|next| Timeout::new(1_000, move || seconds.set(next)))
    });

    let error = error?;
    let words = error.explain();
    let refusal = match &error {
        ApiError::Refused { message, .. } if !message.is_empty() => Some(message.clone()),
        _ => None,
    };
    let onclick = on_click(on_retry);
    Some(html! {
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
    })
}
