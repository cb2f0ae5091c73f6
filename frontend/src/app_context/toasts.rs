//! Short messages above the page, for the components and mutations that have something to say.

use std::{cell::RefCell, rc::Rc};

use yew::prelude::*;

use crate::{dom, hooks::ValueHandle};

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
}

impl Message {
    /// Something failed and nothing can be done here.
    pub(crate) fn failure(text: String) -> Self {
        Self { text: text.into(), failure: true, action: None, on_close: Callback::noop() }
    }
}

/// Shows toasts; always the same.
#[derive(Clone, PartialEq)]
pub(crate) struct Toasts {
    shown: ValueHandle<Vec<(u64, Message)>>,
    last_id: Rc<RefCell<u64>>,
}

impl Toasts {
    /// Toasts that a component holds in its state: those on the screen, and the last id.
    pub(crate) fn new(shown: ValueHandle<Vec<(u64, Message)>>, last_id: Rc<RefCell<u64>>) -> Self {
        Self { shown, last_id }
    }

    /// Shows and announces a message. The id is for [`Toasts::dismiss`].
    pub(crate) fn show(&self, message: Message) -> u64 {
        *self.last_id.borrow_mut() += 1;
        let id = *self.last_id.borrow();
        dom::announce(&message.text);
        self.shown.change(|shown| shown.push((id, message)));
        id
    }

    /// Takes a toast away without any of its callbacks.
    pub(crate) fn dismiss(&self, id: u64) {
        self.shown.change(|shown| shown.retain(|(shown, _)| *shown != id));
    }

    /// Takes every toast away without any of its callbacks.
    pub(crate) fn dismiss_all(&self) {
        self.shown.set(Vec::new());
    }
}
