//! Deleting with "Undo", for the components that delete or leave out.

use std::rc::Rc;

use shared::{Todo, TodoId};
use yew::prelude::*;

/// Deletes todos, and knows which are on their way out.
#[derive(Clone, PartialEq)]
pub(crate) struct UndoDelete {
    /// The todos that no list shows any more.
    pub(crate) hidden: Rc<Vec<TodoId>>,
    /// Deletes todos, unless that is undone.
    pub(crate) delete: Callback<Vec<Todo>>,
    /// Undoes the deletion of a todo, if it is not too late.
    pub(crate) undo: Callback<TodoId>,
    /// Sends every deletion that could still be undone, and removes all messages. For the end of a session.
    pub(crate) flush: Callback<()>,
    /// The same where the session has ended: what could be undone is offered in the person's next one.
    pub(crate) keep: Callback<()>,
}
