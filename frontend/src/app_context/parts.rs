//! The parts of the app that the first page does without. Their code is in a file of its own, which is loaded behind it.

use std::rc::Rc;

use shared::{Todo, TodoId, UserId};
use yew::prelude::*;

use super::toasts::{Message, Toasts};
use crate::{
    domain::{people::People, todo_change::TodoChange},
    route::{Route, router::Entry, view::TodosView},
};

/// A part, with all that it needs.
pub(crate) enum Part {
    /// What works unseen: it makes changes, hears of those of others, and follows the session.
    Background {
        /// Called with the todos that are on their way out, when they are others.
        on_hidden: Callback<Rc<Vec<TodoId>>>,
    },
    /// What is said above every page.
    Notices,
    /// The messages, the oldest first, each with its id.
    ToastShelf(Vec<(u64, Message)>, Toasts),
    /// Any page but the overview and the list.
    Page(Route),
    /// The command palette.
    Palette {
        /// Called when it has been closed.
        on_close: Callback<()>,
        /// Called with what others do.
        on_action: Callback<PaletteAction>,
    },
    /// The list of keys. The callback: it has been closed.
    Shortcuts(Callback<()>),
    /// The menu of saved views, of which one is shown.
    SavedViews(TodosView, Callback<(TodosView, Entry)>),
    /// The bar of a selection.
    BulkBar {
        /// How many todos are selected.
        count: usize,
        /// How many could be, on this page.
        of: usize,
        /// All people.
        people: Rc<People>,
        /// Selects all.
        on_all: Callback<()>,
        /// Called with what to do.
        on_bulk: Callback<Bulk>,
    },
    /// A row's editor.
    TextEditor {
        /// The todo.
        todo: Todo,
        /// Called with another text.
        on_save: Callback<TodoChange>,
        /// Called at its end.
        on_close: Callback<()>,
    },
}

/// What the palette asks of its surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaletteAction {
    /// A new todo.
    NewTodo,
    /// The other theme.
    Theme,
    /// The list of keys.
    Shortcuts,
}

/// A change of all todos that are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bulk {
    /// Done, or open.
    Complete(bool),
    /// Given to a person.
    Give(UserId),
    /// Deleted.
    Delete,
    /// Nothing: the selection ends.
    Cancel,
}

/// Renders parts, once they have been loaded.
#[derive(Clone, Copy, Default)]
pub(crate) struct Parts(Option<fn(Part) -> Html>);

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.are_loaded() == other.are_loaded()
    }
}

impl Parts {
    /// All parts, rendered by a function.
    pub(crate) const fn loaded(render: fn(Part) -> Html) -> Self {
        Self(Some(render))
    }

    /// Whether parts can be shown.
    pub(crate) const fn are_loaded(self) -> bool {
        self.0.is_some()
    }

    /// A part, or nothing before it can be shown.
    pub(crate) fn show(self, part: Part) -> Html {
        self.0.map_or_else(Html::default, |render| render(part))
    }
}
