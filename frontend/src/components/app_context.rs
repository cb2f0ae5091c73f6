//! What components find around them. One context for all of it: Yew compiles provider and consumer of a context anew
//! for each type, 3 kB each time.

use yew::prelude::*;

use super::{boundary::Collector, toasts::Toasts, undo_delete::UndoDelete};

/// What the nearest providers provide.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct AppContext {
    /// Shows messages.
    pub(crate) toasts: Option<Toasts>,
    /// Deletes todos.
    pub(crate) undo_delete: Option<UndoDelete>,
    /// Takes faults.
    pub(crate) collector: Option<Collector>,
}

/// What is around the component. Renders again when anything of it changes.
#[hook]
pub(crate) fn use_app_context() -> AppContext {
    use_context().unwrap_or_default()
}

/// `children` with other things around them.
pub(crate) fn provide(app_context: AppContext, children: Html) -> Html {
    html! { <ContextProvider<AppContext> context={app_context}>{ children }</ContextProvider<AppContext>> }
}
