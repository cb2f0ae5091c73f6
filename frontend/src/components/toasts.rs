//! Short messages above the page that go away by themselves.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::dom;

/// Milliseconds that a toast stays. It stays longer while somebody points at it or has the focus in it.
const LIFETIME_MS: u32 = 6_000;

/// How many toasts are shown at once; the oldest give way.
const MAX_TOASTS: usize = 4;

/// What a toast offers to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToastAction {
    /// Name of the button.
    pub(crate) label: &'static str,
    /// Instead of [`Message::on_close`].
    pub(crate) run: Callback<()>,
}

/// What a toast says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// One sentence; also announced.
    pub(crate) text: AttrValue,
    /// Whether something failed.
    pub(crate) failure: bool,
    /// What can be done about it.
    pub(crate) action: Option<ToastAction>,
    /// The toast has gone without its action having been chosen.
    pub(crate) on_close: Callback<()>,
}

impl Message {
    /// Something failed and nothing can be done here.
    pub(crate) fn failure(text: String) -> Self {
        Self { text: text.into(), failure: true, action: None, on_close: Callback::noop() }
    }
}

#[derive(Default)]
struct Shown(Vec<(u64, Message)>);

enum Change {
    Show(u64, Message),
    Dismiss(u64),
}

impl Reducible for Shown {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut shown = self.0.clone();
        match change {
            Change::Show(id, message) => shown.push((id, message)),
            Change::Dismiss(id) => shown.retain(|(shown, _)| *shown != id),
        }
        Rc::new(Self(shown))
    }
}

/// Shows toasts; always the same.
#[derive(Clone, PartialEq)]
pub(crate) struct Toasts {
    shown: UseReducerDispatcher<Shown>,
    last_id: Rc<Cell<u64>>,
}

impl Toasts {
    /// Shows and announces a message. The id is for [`Toasts::dismiss`].
    pub(crate) fn show(&self, message: Message) -> u64 {
        self.last_id.set(self.last_id.get() + 1);
        dom::announce(&message.text);
        self.shown.dispatch(Change::Show(self.last_id.get(), message));
        self.last_id.get()
    }

    /// Takes a toast away without any of its callbacks.
    pub(crate) fn dismiss(&self, id: u64) {
        self.shown.dispatch(Change::Dismiss(id));
    }
}

/// What shows toasts.
#[hook]
pub(crate) fn use_toasts() -> Option<Toasts> {
    use_context()
}

/// Properties of [`ToastProvider`].
#[derive(Properties, PartialEq)]
pub(crate) struct ToastProviderProps {
    /// Everything that has something to say.
    pub(crate) children: Html,
}

/// Provides [`Toasts`] and shows them after its children.
#[component]
pub(crate) fn ToastProvider(props: &ToastProviderProps) -> Html {
    let shown = use_reducer(Shown::default);
    let last_id = use_memo((), |()| Cell::new(0));
    let toasts = Toasts { shown: shown.dispatcher(), last_id };
    let surplus = shown.0.len().saturating_sub(MAX_TOASTS);
    html! {
        <ContextProvider<Toasts> context={toasts.clone()}>
            { props.children.clone() }
            <section class="toasts" aria-label="Notifications">
                for (index, (id, message)) in shown.0.iter().enumerate() {
                    <Toast key={*id} id={*id} message={message.clone()} hurry={index < surplus} toasts={toasts.clone()} />
                }
            </section>
        </ContextProvider<Toasts>>
    }
}

#[derive(Properties, PartialEq)]
struct ToastProps {
    id: u64,
    message: Message,
    /// Others need the room.
    hurry: bool,
    toasts: Toasts,
}

#[component]
fn Toast(props: &ToastProps) -> Html {
    let pointed_at = use_state_eq(bool::default);
    let focused = use_state_eq(bool::default);
    let came_from = use_mut_ref(Option::<HtmlElement>::default);
    let close =
        use_callback((props.id, props.message.clone(), props.toasts.clone()), |(), (id, message, toasts)| {
            toasts.dismiss(*id);
            message.on_close.emit(());
        });
    {
        let close = close.clone();
        use_effect_with((*pointed_at || *focused, props.hurry), move |(held, hurry)| {
            let lifetime = if *hurry { 0 } else { LIFETIME_MS };
            let timer = (*hurry || !*held).then(|| Timeout::new(lifetime, move || close.emit(())));
            move || drop(timer)
        });
    }
    let enter = set(&pointed_at, true);
    let leave = set(&pointed_at, false);
    let blur = set(&focused, false);
    let focus = {
        let (focused, came_from) = (set(&focused, true), Rc::clone(&came_from));
        move |event: FocusEvent| {
            focused();
            let from = event.related_target().and_then(|from| from.dyn_into::<HtmlElement>().ok());
            // From one button of a toast to the next is no arrival.
            if !from.as_ref().is_some_and(|from| matches!(from.closest(".toasts"), Ok(Some(_)))) {
                *came_from.borrow_mut() = from;
            }
        }
    };
    let dismiss = {
        let (close, came_from) = (close, Rc::clone(&came_from));
        move |_: MouseEvent| {
            close.emit(());
            give_focus_back(&came_from);
        }
    };
    let act = props.message.action.as_ref().map(|action| {
        let (run, toasts, id) = (action.run.clone(), props.toasts.clone(), props.id);
        let onclick = Callback::from(move |_: MouseEvent| {
            toasts.dismiss(id);
            run.emit(());
            give_focus_back(&came_from);
        });
        html! { <button type="button" class="toast__action" {onclick}>{ action.label }</button> }
    });
    html! {
        <div class={classes!("toast", props.message.failure.then_some("toast--error"))} data-testid="toast"
            onmouseenter={move |_| enter()} onmouseleave={move |_| leave()}
            onfocusin={focus} onfocusout={move |_| blur()}>
            <p class="toast__text">{ props.message.text.clone() }</p>
            { act }
            <button type="button" class="toast__close" aria-label="Dismiss" onclick={dismiss}>
                { icon(Glyph::Close) }
            </button>
        </div>
    }
}

fn set(state: &UseStateHandle<bool>, value: bool) -> impl Fn() + 'static {
    let state = state.clone();
    move || state.set(value)
}

/// A button goes with its toast, and the focus must not go with it: it returns to where it came from, or to the
/// page where that has gone as well.
fn give_focus_back(came_from: &RefCell<Option<HtmlElement>>) {
    let back = came_from.take().filter(|element| element.is_connected());
    if back.is_none_or(|element| element.focus().is_err()) {
        dom::focus_quietly("main");
    }
}
