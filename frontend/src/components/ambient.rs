//! What components find around them. One context for all of it: Yew compiles provider and consumer of a context anew
//! for each type, 3 kB each time.

use yew::prelude::*;

use super::{boundary::Collector, deletions::Deletions, toasts::Toasts};

/// What the nearest providers provide.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Ambient {
    /// Shows messages.
    pub(crate) toasts: Option<Toasts>,
    /// Deletes todos.
    pub(crate) deletions: Option<Deletions>,
    /// Takes faults.
    pub(crate) collector: Option<Collector>,
}

/// What is around the component. Renders again when anything of it changes.
#[hook]
pub(crate) fn use_ambient() -> Ambient {
    use_context().unwrap_or_default()
}

/// `children` with other things around them.
pub(crate) fn provide(ambient: Ambient, children: Html) -> Html {
    html! { <ContextProvider<Ambient> context={ambient}>{ children }</ContextProvider<Ambient>> }
}
