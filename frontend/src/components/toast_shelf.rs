//! Short messages above the page that go away by themselves.

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

/// How many toasts are shown at once; the oldest give way.
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
    let surplus = props.shown.len().saturating_sub(MAX_TOASTS);
    html! {
        <section class="toasts" aria-label="Notifications">
            for (index, (id, message)) in props.shown.iter().enumerate() {
                <Toast key={*id} id={*id} message={message.clone()} evicted={index < surplus} toasts={props.toasts.clone()} />
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ToastProps {
    id: u64,
    message: Message,
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
        let (id, toasts, on_close) = (props.id, props.toasts.clone(), props.message.on_close.clone());
        use_event(move |()| {
            toasts.dismiss(id);
            on_close.emit(());
        })
    };
    {
        let close = close.clone();
        use_effect_with((*pointed_at || *focused, props.evicted), move |(held, evicted)| {
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
    let act = props.message.action.as_ref().map(|action| {
        let (run, toasts, id) = (action.run.clone(), props.toasts.clone(), props.id);
        let onclick = Callback::from(move |_: MouseEvent| {
            toasts.dismiss(id);
            run.emit(());
            restore_focus(&previous_focus);
        });
        html! { <button type="button" class="toast__action" {onclick}>{ action.label }</button> }
    });
    html! {
        <div class={classes!("toast", props.message.failure.then_some("toast--error"))} data-testid="toast"
            onmouseenter={enter} onmouseleave={leave}
            onfocusin={focus} onfocusout={blur}>
            <p class="toast__text">{ props.message.text.clone() }</p>
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
