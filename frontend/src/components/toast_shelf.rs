//! Short messages above the page. What went well goes away by itself; a failure stays until somebody has dealt with it.

use std::{cell::RefCell, rc::Rc};

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::{
    app_context::{Message, Toasts},
    dom,
    hooks::use_event,
};

/// Milliseconds that a toast stays. The pointer over it, or the focus in it, keeps it longer.
const LIFETIME_MS: u32 = 6_000;

/// How many toasts that go away by themselves are shown at once; the oldest give way.
const MAX_TOASTS: usize = 4;

/// Properties of [`ToastShelf`].
#[derive(Properties, PartialEq)]
pub(crate) struct ToastShelfProps {
    /// The toasts to show, the oldest first, each with its id.
    pub(crate) shown: Vec<(u64, Message)>,
    /// Takes them away.
    pub(crate) toasts: Toasts,
}

/// The place where toasts are shown.
#[component]
pub(crate) fn ToastShelf(props: &ToastShelfProps) -> Html {
    let toasts = &props.toasts;
    let (again, others): (Vec<_>, Vec<_>) =
        props.shown.iter().cloned().partition(|(_, message)| message.can_be_tried_again());
    let passing = others.iter().filter(|(_, message)| !message.failure).count();
    let mut surplus = passing.saturating_sub(MAX_TOASTS);
    let others = others.into_iter().map(|(id, message)| {
        let evicted = !message.failure && surplus > 0;
        surplus -= usize::from(evicted);
        html! { <Toast key={id} messages={vec![(id, message)]} {evicted} toasts={toasts.clone()} /> }
    });
    html! {
        <section class="toasts" aria-label="Notifications">
            { for others }
            if !again.is_empty() {
                // One for all of them, with one button that tries all of them again.
                <Toast key="again" messages={again} evicted={false} toasts={toasts.clone()} />
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ToastProps {
    /// One message, or several with the same action.
    messages: Vec<(u64, Message)>,
    /// Others need the room.
    evicted: bool,
    toasts: Toasts,
}

#[component]
fn Toast(props: &ToastProps) -> Html {
    let pointed_at = use_state_eq(|| false);
    let focused = use_state_eq(|| false);
    let previous_focus = use_mut_ref(Option::<HtmlElement>::default);
    let close = {
        let (messages, toasts) = (props.messages.clone(), props.toasts.clone());
        use_event(move |()| {
            for (id, message) in &messages {
                toasts.dismiss(*id);
                message.on_close.emit(());
            }
        })
    };
    let failure = props.messages.iter().any(|(_, message)| message.failure);
    {
        let close = close.clone();
        use_effect_with((failure || *pointed_at || *focused, props.evicted), move |(held, evicted)| {
            let lifetime = if *evicted { 0 } else { LIFETIME_MS };
            let end = (*evicted || !*held).then(|| Timeout::new(lifetime, move || close.emit(())));
            move || drop(end)
        });
    }
    let enter = set::<MouseEvent>(&pointed_at, true);
    let leave = set(&pointed_at, false);
    let blur = set(&focused, false);
    let focus = {
        let (focused, previous_focus) = (focused.clone(), Rc::clone(&previous_focus));
        move |event: FocusEvent| {
            focused.set(true);
            let from = event.related_target().and_then(|from| from.dyn_into::<HtmlElement>().ok());
            // From one button of a toast to the next is no arrival.
            if !from.as_ref().is_some_and(|from| matches!(from.closest(".toasts"), Ok(Some(_)))) {
                *previous_focus.borrow_mut() = from;
            }
        }
    };
    let dismiss = {
        let (close, previous_focus) = (close, Rc::clone(&previous_focus));
        move |_: MouseEvent| {
            close.emit(());
            restore_focus(&previous_focus);
        }
    };
    let label =
        props.messages.iter().find_map(|(_, message)| message.action.as_ref()).map(|action| action.label);
    let act = label.map(|label| {
        let (messages, toasts) = (props.messages.clone(), props.toasts.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            for (id, message) in &messages {
                toasts.dismiss(*id);
                if let Some(action) = &message.action {
                    action.run.emit(());
                }
            }
            restore_focus(&previous_focus);
        });
        html! { <button type="button" class="toast__action" {onclick}>{ label }</button> }
    });
    let more = props.messages.len().saturating_sub(MAX_TOASTS);
    html! {
        <div class={classes!("toast", failure.then_some("toast--error"))} data-testid="toast"
            onmouseenter={enter} onmouseleave={leave}
            onfocusin={focus} onfocusout={blur}>
            <div class="toast__text">
                for (id, message) in props.messages.iter().skip(more) {
                    <p key={*id}>{ message.text.clone() }</p>
                }
                if more > 0 { <p>{ "And " }{ more }{ " more before these." }</p> }
            </div>
            { act }
            <button type="button" class="toast__close" aria-label="Dismiss" onclick={dismiss}>
                { icon(Glyph::Close) }
            </button>
        </div>
    }
}

fn set<E>(state: &UseStateHandle<bool>, value: bool) -> Callback<E> {
    let state = state.clone();
    Callback::from(move |_| state.set(value))
}

/// A button goes with its toast, and the focus must not go with it: it returns to where it came from, or to the
/// page where that has gone as well.
fn restore_focus(previous_focus: &RefCell<Option<HtmlElement>>) {
    let back = previous_focus.take().filter(|element| element.is_connected());
    if back.is_none_or(|element| element.focus().is_err()) {
        dom::focus_quietly("main");
    }
}
