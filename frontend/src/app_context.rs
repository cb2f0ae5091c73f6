//! The context of components and queries: toasts, changes, faults, and the parts that are loaded later. One for all of it:
//! Yew compiles provider and consumer of a context anew for each type, 3 kB of brotli each time. So each user of it is
//! rendered whenever any of these changes.

mod changes;
mod faults;
mod parts;
mod toasts;

use yew::prelude::*;

pub(crate) use changes::{Changes, Refusal, Wanted};
pub(crate) use faults::{Fault, FaultCollector, use_fault_collector};
pub(crate) use parts::{Bulk, PaletteAction, Part, Parts};
pub(crate) use toasts::{Message, ToastAction, Toasts, use_shown_toasts};

/// The values of the nearest providers.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct AppContext {
    /// Shows messages.
    pub(crate) toasts: Option<Toasts>,
    /// Takes changes.
    pub(crate) changes: Changes,
    /// Renders what is loaded behind the first page.
    pub(crate) parts: Parts,
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

/// The way to change something, and the todos on their way out.
#[hook]
pub(crate) fn use_changes() -> Changes {
    use_app_context().changes
}

/// The parts that are loaded behind the first page.
#[hook]
pub(crate) fn use_parts() -> Parts {
    use_app_context().parts
}
