//! Changes that somebody wants. What makes them is loaded behind the first page; until it is there they wait in line.

use std::{cell::RefCell, rc::Rc};

use shared::{CreateTodoData, Todo, TodoId, UserId};
use yew::Callback;

use crate::domain::todo_change::TodoChange;

/// A change that somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wanted {
    /// A new todo. The form hears what becomes of its text where it cannot be added.
    Add(CreateTodoData, Callback<Refusal>),
    /// Another text, state or person.
    Update(TodoChange),
    /// Todos deleted, unless that is undone.
    Delete(Vec<Todo>),
    /// The deletion of a todo undone, if it is not too late.
    Undo(TodoId),
    /// The end of the session.
    SignOut,
}

/// What a form hears of a todo that could not be added.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// This text comes back to it, and whom it is for.
    Back(String, UserId),
    /// It is tried again: the text that came back goes.
    Again(String),
}

/// Takes wishes, and knows the todos that are on their way out. The default one is of a component without an app around, and
/// takes none.
#[derive(Clone, Default)]
pub(crate) struct Changes {
    /// The todos that no list shows any more.
    pub(crate) hidden: Rc<Vec<TodoId>>,
    line: Option<Rc<Line>>,
}

/// The line in which wishes wait for what fulfils them.
#[derive(Default)]
struct Line {
    maker: RefCell<Option<Callback<Wanted>>>,
    waiting: RefCell<Vec<Wanted>>,
}

impl PartialEq for Changes {
    fn eq(&self, other: &Self) -> bool {
        self.hidden == other.hidden
            && self.line.as_ref().map(Rc::as_ptr) == other.line.as_ref().map(Rc::as_ptr)
    }
}

impl Changes {
    /// A line of its own.
    pub(crate) fn new() -> Self {
        Self { hidden: Rc::default(), line: Some(Rc::default()) }
    }

    /// The same with other todos on their way out.
    pub(crate) fn hiding(&self, hidden: Rc<Vec<TodoId>>) -> Self {
        Self { hidden, line: self.line.clone() }
    }

    /// Has a change made: at once, or as soon as what makes changes is there.
    pub(crate) fn make(&self, wanted: Wanted) {
        let Some(line) = &self.line else { return };
        // Not under the borrow: what makes changes may want more.
        let maker = line.maker.borrow().clone();
        match maker {
            Some(maker) => maker.emit(wanted),
            None => line.waiting.borrow_mut().push(wanted),
        }
    }

    /// Whether wishes wait.
    pub(crate) fn are_waiting(&self) -> bool {
        self.line.as_ref().is_some_and(|line| !line.waiting.borrow().is_empty())
    }

    /// Drops the wishes that wait: they were another person's.
    pub(crate) fn forget(&self) {
        if let Some(line) = &self.line {
            line.waiting.take();
        }
    }

    /// Has `maker` make all changes, beginning with those that wait.
    pub(crate) fn made_by(&self, maker: &Callback<Wanted>) {
        let Some(line) = &self.line else { return };
        *line.maker.borrow_mut() = Some(maker.clone());
        let waiting = line.waiting.take();
        waiting.into_iter().for_each(|wanted| maker.emit(wanted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_without_an_app_are_the_same() {
        assert!(Changes::default() == Changes::default());
        assert!(Changes::new() != Changes::new());
    }

    #[test]
    fn wishes_wait_in_order_for_what_makes_them() {
        let changes = Changes::new();
        changes.make(Wanted::Undo(1));
        changes.hiding(Rc::default()).make(Wanted::Undo(2));
        let made = Rc::<RefCell<Vec<Wanted>>>::default();
        let maker = {
            let made = Rc::clone(&made);
            Callback::from(move |wanted| made.borrow_mut().push(wanted))
        };
        changes.made_by(&maker);
        changes.make(Wanted::SignOut);
        assert_eq!(made.take(), [Wanted::Undo(1), Wanted::Undo(2), Wanted::SignOut]);
    }
}
