//! The changes of this visit, each to be taken back.

use shared::{CreateTodoData, Todo, UpdateTodoData};
use yew::prelude::*;

use crate::{
    app_context::{Wanted, use_changes},
    components::{
        heading::heading,
        icon::{Glyph, icon},
    },
    domain::people::People,
    queries::{Change, TodoChange, use_delete_todo, use_draft, use_history, use_people},
};

/// What has been changed in this visit, the newest first.
#[component]
pub(crate) fn HistoryPage() -> Html {
    let history = use_history();
    let people = use_people();
    let changes = use_changes();
    let delete = use_delete_todo();
    // A text that cannot be added is in the form afterwards.
    let form = use_draft().on_refusal();
    let undo = Callback::from(move |change: Change| match change {
        Change::Created(todo) => delete.mutate(todo),
        Change::Deleted(Todo { todo, completed, user_id, .. }) => {
            let data = CreateTodoData { todo, completed, user_id };
            changes.make(Wanted::Add(data, form.clone()));
        }
        Change::Updated { before, data } => changes.make(Wanted::Update(undone(before, &data))),
    });
    html! {
        <div class="page__body narrow">
            { heading("History") }
            <p class="muted">{ "What you have changed in this visit. To take a deletion back adds the todo again." }</p>
            if history.is_empty() {
                <div class="card blank">
                    <span class="blank__icon">{ icon(Glyph::Check) }</span>
                    <h2>{ "Nothing has been changed yet" }</h2>
                </div>
            } else {
                <ol class="card todos" reversed=true>
                    for (place, change) in history.iter().enumerate().rev() {
                        <li key={place} class="session">
                            <p class="session__text" dir="auto">{ words(change, &people) }</p>
                            <button type="button" class="button" onclick={
                                let change = change.clone();
                                undo.reform(move |_: MouseEvent| change.clone())
                            }>{ "Undo" }</button>
                        </li>
                    }
                </ol>
            }
        </div>
    }
}

/// The change that leads back to `before`.
fn undone(before: Todo, data: &UpdateTodoData) -> TodoChange {
    let back = UpdateTodoData {
        todo: data.todo.as_ref().map(|_| before.todo.clone()),
        completed: data.completed.map(|_| before.completed),
        user_id: data.user_id.map(|_| before.user_id),
    };
    TodoChange::of_a_form(data.applied_to(&before), back)
}

/// A change in a sentence.
fn words(change: &Change, people: &People) -> String {
    let (what, todo) = match change {
        Change::Created(todo) => ("Added “", todo),
        Change::Deleted(todo) => ("Deleted “", todo),
        Change::Updated { before, .. } => ("Changed “", before),
    };
    let how = match change {
        Change::Created(_) | Change::Deleted(_) => "”".to_owned(),
        Change::Updated { data: UpdateTodoData { todo: Some(text), .. }, .. } => {
            ["” to “", text, "”"].concat()
        }
        Change::Updated { data: UpdateTodoData { user_id: Some(person), .. }, .. } => {
            ["”: now ", &people.name(*person), "’s"].concat()
        }
        Change::Updated { data: UpdateTodoData { completed: Some(true), .. }, .. } => "”: done".to_owned(),
        Change::Updated { .. } => "”: open".to_owned(),
    };
    [what, &todo.todo, &how].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before() -> Todo {
        Todo { id: 7, todo: "Water the plants".to_owned(), completed: false, user_id: 5 }
    }

    #[test]
    fn a_change_is_taken_back_field_by_field() {
        let data = UpdateTodoData { completed: Some(true), ..UpdateTodoData::default() };
        let back = undone(before(), &data);
        assert!(back.before.completed);
        assert_eq!(back.data, UpdateTodoData { completed: Some(false), ..UpdateTodoData::default() });
        assert_eq!(back.data.applied_to(&back.before), before());
    }

    #[test]
    fn each_change_has_its_words() {
        let people = People::default();
        let changed = |data| words(&Change::Updated { before: before(), data }, &people);
        let nothing = UpdateTodoData::default;
        assert_eq!(words(&Change::Created(before()), &people), "Added “Water the plants”");
        assert_eq!(words(&Change::Deleted(before()), &people), "Deleted “Water the plants”");
        assert_eq!(
            changed(UpdateTodoData { completed: Some(true), ..nothing() }),
            "Changed “Water the plants”: done"
        );
        assert_eq!(
            changed(UpdateTodoData { user_id: Some(9), ..nothing() }),
            "Changed “Water the plants”: now Person 9’s"
        );
        assert_eq!(
            changed(UpdateTodoData { todo: Some("Feed the cat".to_owned()), ..nothing() }),
            "Changed “Water the plants” to “Feed the cat”"
        );
    }
}
