//! The context of components and queries: toasts, deletions, faults. One for all of it: Yew compiles provider and consumer
//! of a context anew for each type, 3 kB of brotli each time.

mod faults;
mod toasts;
mod undo_delete;

use std::rc::Rc;

use yew::prelude::*;

pub(crate) use faults::{Fault, FaultCollector, use_fault_collector};
pub(crate) use toasts::{Message, ToastAction, Toasts, use_shown_toasts};
pub(crate) use undo_delete::UndoDelete;

/// The values of the nearest providers.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct AppContext {
    /// Shows messages.
    pub(crate) toasts: Option<Toasts>,
    /// Deletes todos.
    pub(crate) undo_delete: Option<UndoDelete>,
    /// Takes faults.
    pub(crate) faults: Option<FaultCollector>,
}

/// The context of the component, which renders again when anything of it changes.
#[hook]
pub(crate) fn use_app_context() -> AppContext {
    use_context().unwrap_or_default()
}

/// The messages above the page.
#[hook]
pub(crate) fn use_toasts() -> Option<Toasts> {
    use_app_context().toasts
}

/// The deletions that can still be undone. Renders the component again when one starts or ends.
#[hook]
pub(crate) fn use_undo_delete() -> UndoDelete {
    use_app_context().undo_delete.unwrap_or_else(|| UndoDelete {
        hidden: Rc::default(),
        delete: Callback::noop(),
        undo: Callback::noop(),
        flush: Callback::noop(),
        keep: Callback::noop(),
    })
}
