//! A change to one todo, on its way to the server or back.

use serde::{Deserialize, Serialize};
use shared::{CreateTodoData, Todo, UpdateTodoData, UserId};

/// A todo and the change to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TodoChange {
    /// The todo as it was when the change was begun.
    pub(crate) before: Todo,
    /// The fields that change.
    pub(crate) data: UpdateTodoData,
    /// Whether it was made in a form that showed what it replaces, and so is made to that version alone. A tick in a list
    /// means the tick, whatever else has changed.
    pub(crate) in_a_form: bool,
    /// The tag of that version, where it is known.
    pub(crate) tag: Option<String>,
}

impl TodoChange {
    /// Done becomes open and the other way round.
    pub(crate) fn toggle(before: Todo) -> Self {
        let done = !before.completed;
        Self::tick(before, done)
    }

    /// Done or open, whatever else has changed meanwhile.
    pub(crate) fn tick(before: Todo, done: bool) -> Self {
        let completed = Some(done);
        let data = UpdateTodoData { completed, ..UpdateTodoData::default() };
        Self { in_a_form: false, ..Self::of_a_form(before, data) }
    }

    /// A change that was made in a form which showed `before`.
    pub(crate) const fn of_a_form(before: Todo, data: UpdateTodoData) -> Self {
        Self { before, data, in_a_form: true, tag: None }
    }

    /// Another text.
    pub(crate) fn text(before: Todo, text: String) -> Self {
        Self::of_a_form(before, UpdateTodoData { todo: Some(text), ..UpdateTodoData::default() })
    }

    /// Another person.
    pub(crate) fn person(before: Todo, user_id: UserId) -> Self {
        Self::of_a_form(before, UpdateTodoData { user_id: Some(user_id), ..UpdateTodoData::default() })
    }

    /// Whether it changes a field that `earlier` was to change as well.
    pub(crate) fn overtakes(&self, earlier: &Self) -> bool {
        let (now, then) = (&self.data, &earlier.data);
        let same = (now.todo.is_some() && then.todo.is_some())
            || (now.completed.is_some() && then.completed.is_some())
            || (now.user_id.is_some() && then.user_id.is_some());
        self.before.id == earlier.before.id && same
    }

    /// Whether somebody else has changed the same fields since, and differently. What was changed beside them stays as it is.
    pub(crate) fn is_contrary_to(&self, now: &Todo) -> bool {
        let Self { before, data, .. } = self;
        let text = data.todo.as_ref().is_some_and(|text| now.todo != before.todo && now.todo != *text);
        let person = data.user_id.is_some_and(|id| now.user_id != before.user_id && now.user_id != id);
        text || person
    }
}

/// The kind of a [`RefusedChange`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum RefusedKind {
    /// A new todo.
    Add,
    /// Other fields of one.
    Update,
    /// One less.
    Delete,
}

/// A change that was refused for want of a session, and can be made in the next one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RefusedChange {
    /// Which of the three it is. A struct with a kind and not an enum: the app's JSON reader knows enums of names alone.
    pub(crate) kind: RefusedKind,
    /// The todo, and its new fields where it is updated.
    pub(crate) change: TodoChange,
}

impl RefusedChange {
    /// A todo that was not added.
    pub(crate) fn add(data: CreateTodoData) -> Self {
        let CreateTodoData { todo, completed, user_id } = data;
        Self::of(RefusedKind::Add, Todo { id: 0, todo, completed, user_id })
    }

    /// A todo that was not changed.
    pub(crate) const fn update(change: TodoChange) -> Self {
        Self { kind: RefusedKind::Update, change }
    }

    /// A todo that was not deleted.
    pub(crate) fn delete(todo: Todo) -> Self {
        Self::of(RefusedKind::Delete, todo)
    }

    fn of(kind: RefusedKind, before: Todo) -> Self {
        Self { kind, change: TodoChange::of_a_form(before, UpdateTodoData::default()) }
    }

    /// The change in words.
    pub(crate) fn describe(&self) -> String {
        let TodoChange { before, data, .. } = &self.change;
        let (what, to) = match (self.kind, &data.todo, data.completed) {
            (RefusedKind::Add, ..) => ("Add", None),
            (RefusedKind::Delete, ..) => ("Delete", None),
            (RefusedKind::Update, Some(text), _) => ("Change", Some(text)),
            (RefusedKind::Update, None, Some(true)) => ("Tick", None),
            (RefusedKind::Update, None, Some(false)) => ("Open again:", None),
            (RefusedKind::Update, None, None) => ("Give to another person:", None),
        };
        let mut said = [what, " “", &before.todo, "”"].concat();
        if let Some(text) = to {
            said.push_str(&[" to “", text, "”"].concat());
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_change_of_the_same_field_is_contrary() {
        let before = Todo { id: 7, todo: "Sing".to_owned(), completed: false, user_id: 5 };
        let renamed = TodoChange::text(before.clone(), "Dance".to_owned());
        let now = |todo: &str, completed, user_id| Todo { id: 7, todo: todo.to_owned(), completed, user_id };
        assert!(!renamed.is_contrary_to(&before));
        assert!(!renamed.is_contrary_to(&now("Sing", true, 6)));
        assert!(!renamed.is_contrary_to(&now("Dance", false, 5)));
        assert!(renamed.is_contrary_to(&now("Rest", false, 5)));
        let given = TodoChange::person(before, 6);
        assert!(!given.is_contrary_to(&now("Rest", false, 5)));
        assert!(given.is_contrary_to(&now("Sing", false, 7)));
    }

    #[test]
    fn only_a_later_change_of_the_same_field_overtakes() {
        let todo = Todo { id: 7, todo: "Sing".to_owned(), completed: false, user_id: 5 };
        let other = Todo { id: 8, ..todo.clone() };
        let ticked = TodoChange::toggle(todo.clone());
        assert!(TodoChange::toggle(todo.clone()).overtakes(&ticked));
        assert!(!TodoChange::toggle(other).overtakes(&ticked));
        assert!(!TodoChange::text(todo.clone(), "Dance".to_owned()).overtakes(&ticked));
        assert!(TodoChange::person(todo.clone(), 6).overtakes(&TodoChange::person(todo, 7)));
    }

    #[test]
    fn a_refused_change_says_what_it_would_have_done() {
        let todo = Todo { id: 7, todo: "Sing".to_owned(), completed: false, user_id: 5 };
        let said = |refused: RefusedChange| refused.describe();
        assert_eq!(said(RefusedChange::delete(todo.clone())), "Delete “Sing”");
        assert_eq!(said(RefusedChange::update(TodoChange::toggle(todo.clone()))), "Tick “Sing”");
        let renamed = TodoChange::text(todo.clone(), "Dance".to_owned());
        assert_eq!(said(RefusedChange::update(renamed)), "Change “Sing” to “Dance”");
        let given = TodoChange::person(todo, 6);
        assert_eq!(said(RefusedChange::update(given)), "Give to another person: “Sing”");
        let data = CreateTodoData { todo: "Rest".to_owned(), completed: false, user_id: 5 };
        assert_eq!(said(RefusedChange::add(data)), "Add “Rest”");
    }
}
