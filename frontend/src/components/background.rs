//! What works unseen on every page. It is a component of its own, which is rendered for each change of a todo.

use std::rc::Rc;

use query_yew::use_query_client;
use shared::TodoId;
use yew::prelude::*;

use super::conflict_dialog::ConflictDialog;
use crate::{
    app_context::{Wanted, use_changes},
    hooks::use_event,
    queries::{
        NewTodo, UndoDelete, keep_history, use_create_todo, use_fresh_on_focus, use_kept_edit,
        use_live_updates, use_other_tabs, use_session_end, use_sign_out, use_undo_delete, use_update_todo,
    },
};

/// Properties of [`Background`].
#[derive(Properties, PartialEq)]
pub(crate) struct BackgroundProps {
    /// Called with the todos that are on their way out, when they are others.
    pub(crate) on_hidden: Callback<Rc<Vec<TodoId>>>,
}

/// Makes changes, hears of those of others, and follows the session.
#[component]
pub(crate) fn Background(props: &BackgroundProps) -> Html {
    let client = use_query_client();
    use_effect_with((), move |()| keep_history(&client));
    let UndoDelete { hidden, delete, undo, flush, keep } = use_undo_delete();
    use_session_end(keep.clone());
    use_other_tabs(keep);
    use_fresh_on_focus();
    use_kept_edit();
    use_live_updates();
    let (create, update) = (use_create_todo(), use_update_todo());
    let sign_out = use_sign_out(flush);
    let make = use_event(move |wanted| match wanted {
        Wanted::Add(data, form) => create.mutate(NewTodo::new(data, form)),
        Wanted::Update(change) => update.mutate(change),
        Wanted::Delete(todos) => delete.emit(todos),
        Wanted::Undo(id) => undo.emit(id),
        Wanted::SignOut => sign_out.emit(()),
    });
    let changes = use_changes();
    use_effect_with(make, move |make| changes.made_by(make));
    let on_hidden = props.on_hidden.clone();
    use_effect_with(hidden, move |hidden| on_hidden.emit(Rc::clone(hidden)));
    html! { <ConflictDialog /> }
}
