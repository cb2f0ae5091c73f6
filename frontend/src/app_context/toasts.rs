//! Short messages above the page, for the components and mutations that have something to say.

use std::{cell::Cell, rc::Rc};

use yew::prelude::*;

use crate::{dom, domain::todo_change::TodoChange};

/// The action that a toast offers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToastAction {
    /// Name of the button.
    pub(crate) label: &'static str,
    /// Instead of [`Message::on_close`].
    pub(crate) run: Callback<()>,
}

/// The content of a toast.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// One sentence; also announced.
    pub(crate) text: AttrValue,
    /// Whether something failed.
    pub(crate) failure: bool,
    /// The action, if there is one.
    pub(crate) action: Option<ToastAction>,
    /// The toast has gone without its action having been chosen.
    pub(crate) on_close: Callback<()>,
    /// The change that failed, if it was one of a todo.
    pub(crate) about: Option<TodoChange>,
}

/// The label of the action that makes a failed change once more.
const TRY_AGAIN: &str = "Try again";

impl ToastAction {
    /// Makes a failed change once more.
    pub(crate) const fn again(run: Callback<()>) -> Self {
        Self { label: TRY_AGAIN, run }
    }
}

impl Message {
    /// Something failed; `action` helps, if anything can.
    pub(crate) fn failure(text: String, action: Option<ToastAction>) -> Self {
        Self { text: text.into(), failure: true, action, on_close: Callback::noop(), about: None }
    }

    /// Whether its action is that of a failed change.
    pub(crate) fn can_be_tried_again(&self) -> bool {
        self.action.as_ref().is_some_and(|action| action.label == TRY_AGAIN)
    }
}

/// The toasts on the screen, the oldest first, each with its id.
#[derive(Default, PartialEq)]
struct ShownToasts(Vec<(u64, Message)>);

/// What happens to the toasts.
enum ToastEvent {
    Shown(u64, Message),
    Gone(u64),
    Overtaken(TodoChange),
    AllGone,
}

impl Reducible for ShownToasts {
    type Action = ToastEvent;

    fn reduce(self: Rc<Self>, event: ToastEvent) -> Rc<Self> {
        let mut shown = self.0.clone();
        match event {
            ToastEvent::Shown(id, message) => {
                // What fails once more is said once.
                shown.retain(|(_, before)| !before.failure || before.text != message.text);
                shown.push((id, message));
            }
            ToastEvent::Gone(id) => shown.retain(|(shown, _)| *shown != id),
            ToastEvent::Overtaken(by) => {
                shown.retain(|(_, message)| !message.about.as_ref().is_some_and(|about| by.overtakes(about)));
            }
            ToastEvent::AllGone => shown.clear(),
        }
        Rc::new(Self(shown))
    }
}

/// Shows toasts; always the same.
#[derive(Clone, PartialEq)]
pub(crate) struct Toasts {
    shown: UseReducerDispatcher<ShownToasts>,
    last_id: Rc<Cell<u64>>,
}

/// The toasts that a component holds, the oldest first, each with its id; and the way to show one.
#[hook]
pub(crate) fn use_shown_toasts() -> (Vec<(u64, Message)>, Toasts) {
    let shown = use_reducer_eq(ShownToasts::default);
    let last_id = use_memo((), |()| Cell::default());
    let toasts = Toasts { shown: shown.dispatcher(), last_id };
    (shown.0.clone(), toasts)
}

impl Toasts {
    /// Shows and announces a message. The id is for [`Toasts::dismiss`].
    pub(crate) fn show(&self, message: Message) -> u64 {
        self.show_with(|_| message)
    }

    /// Shows and announces a message that knows its id.
    pub(crate) fn show_with(&self, message: impl FnOnce(u64) -> Message) -> u64 {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let message = message(id);
        dom::announce(&message.text);
        self.shown.dispatch(ToastEvent::Shown(id, message));
        id
    }

    /// Takes a toast away without any of its callbacks.
    pub(crate) fn dismiss(&self, id: u64) {
        self.shown.dispatch(ToastEvent::Gone(id));
    }

    /// Takes away what says that an earlier change failed, where `by` has put something else in its place. To try it again
    /// would undo that.
    pub(crate) fn overtaken(&self, by: &TodoChange) {
        self.shown.dispatch(ToastEvent::Overtaken(by.clone()));
    }

    /// Takes every toast away without any of its callbacks.
    pub(crate) fn dismiss_all(&self) {
        self.shown.dispatch(ToastEvent::AllGone);
    }
}
