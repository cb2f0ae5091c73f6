//! The queries and mutations of the app, one hook per file, over one cache.
//!
//! There are six keys: all todos, one todo, all users, the session, the sessions of one person, and the changes of this
//! visit. Lists, filters and numbers are computed from the first. So every page shows the same truth, and a change shows
//! everywhere at once.

mod conflicts;
mod editing;
mod first_reads;
mod history;
mod live;
mod retry_message;
mod use_conflict;
mod use_connection;
mod use_create_todo;
mod use_delete_todo;
mod use_draft;
mod use_end_session;
mod use_fresh_on_focus;
mod use_live_updates;
mod use_other_tabs;
mod use_own_sessions;
mod use_refused_changes;
mod use_retry_all;
mod use_session;
mod use_session_end;
mod use_sign_in;
mod use_sign_out;
mod use_todo;
mod use_todos;
mod use_undo_delete;
mod use_update_todo;
mod use_users;

use std::time::Duration;

use query_yew::{Fault, QueryClient, QueryKey, query_key};
use shared::{SessionInfo, TodoId, TodoPage};
use yew::Callback;

pub(crate) use crate::domain::todo_change::TodoChange;
pub(crate) use conflicts::Conflict;
pub(crate) use editing::{begin_edit, end_edit, use_kept_edit, use_reopened_editor};
pub(crate) use first_reads::{forget_first_reads, take_first_session, take_first_todos, take_first_users};
pub(crate) use history::{Change, keep_history, use_history};
pub(crate) use use_conflict::{Choice, use_conflict};
pub(crate) use use_connection::{Connection, use_connection, use_online};
pub(crate) use use_create_todo::{NewTodo, is_provisional, use_create_todo};
pub(crate) use use_delete_todo::use_delete_todo;
pub(crate) use use_draft::{use_draft, use_person_change};
pub(crate) use use_end_session::use_end_session;
pub(crate) use use_fresh_on_focus::use_fresh_on_focus;
pub(crate) use use_live_updates::use_live_updates;
pub(crate) use use_other_tabs::use_other_tabs;
pub(crate) use use_own_sessions::use_own_sessions;
pub(crate) use use_refused_changes::use_refused_changes;
pub(crate) use use_retry_all::use_retry_all;
pub(crate) use use_session::{use_own_id, use_person, use_session, use_session_person};
pub(crate) use use_session_end::{ENDED, use_has_ended, use_session_end};
pub(crate) use use_sign_in::use_sign_in;
pub(crate) use use_sign_out::use_sign_out;
pub(crate) use use_todo::use_todo;
pub(crate) use use_todos::use_todos;
pub(crate) use use_undo_delete::{UndoDelete, use_undo_delete};
pub(crate) use use_update_todo::use_update_todo;
pub(crate) use use_users::{use_people, use_users};

use crate::{
    api::ApiError,
    app_context::{Message, ToastAction, Toasts},
    base_path::outside,
    dom,
    domain::todo_change::RefusedChange,
    drafts,
    route::{
        router::current,
        step_up::{CONFIRM, step_up_address},
    },
};

fn todos_key() -> QueryKey {
    query_key!["todos"]
}

fn todo_key(id: TodoId) -> QueryKey {
    query_key!["todo", id]
}

fn history_key() -> QueryKey {
    query_key!["history"]
}

fn users_key() -> QueryKey {
    query_key!["users"]
}

fn session_key() -> QueryKey {
    query_key!["session"]
}

/// The key of one person's sessions, or with `None` the prefix of all people's.
fn own_sessions_key(person: Option<&str>) -> QueryKey {
    match person {
        Some(person) => query_key!["sessions", person],
        None => query_key!["sessions"],
    }
}

/// Has the data of a key kept for the whole visit, whether somebody looks at it or not.
fn keep_for_the_visit(client: &QueryClient, key: &QueryKey) {
    const FOR_EVER: Duration = Duration::from_secs(u32::MAX as u64);
    client.set_defaults(key, |defaults| defaults.gc_time(FOR_EVER));
}

/// Begins the session of `info`. All data of the session before is forgotten.
fn begin_as(client: &QueryClient, info: SessionInfo) {
    client.clear();
    client.set_data(&session_key(), info);
}

/// Ends the session in the cache: its data is forgotten.
fn end(client: &QueryClient) {
    match client.get_data::<SessionInfo>(&session_key()) {
        Some(before) => {
            begin_as(client, SessionInfo { user: None, expires_at: None, ..before.as_ref().clone() })
        }
        // The way to sign in is not known yet.
        None => {
            client.clear();
            client.invalidate(session_key());
        }
    }
}

/// Forgets all data, and reads what is on the screen again: the session is another one by now.
fn start_over(client: &QueryClient) {
    client.clear();
    client.invalidate(session_key());
    refresh(client);
}

/// Reads again all data on the screen but the session.
fn refresh(client: &QueryClient) {
    for key in [todos_key(), query_key!["todo"], users_key()] {
        client.invalidate(&key);
    }
}

/// The page without one todo.
fn without(page: &TodoPage, id: TodoId) -> TodoPage {
    let mut page = page.clone();
    page.todos.retain(|todo| todo.id != id);
    page
}

/// The error of a change that failed. One that was still in line when the session ended was stopped.
pub(crate) fn error_of(fault: &Fault<ApiError>) -> ApiError {
    match fault {
        Fault::Failed(err) => ApiError::clone(err),
        Fault::TimedOut => ApiError::Timeout,
        _ => ApiError::Cancelled,
    }
}

/// Keeps a change for its person that the end of their session has refused, or stopped before it was sent. Whether it did.
fn is_kept(person: Option<&str>, fault: &Fault<ApiError>, change: impl FnOnce() -> RefusedChange) -> bool {
    let Some(person) = person.filter(|_| is_session_end(fault)) else { return false };
    drafts::refused(person, change(), fault.error().is_some());
    true
}

/// Whether a change fails since the session has ended: it was refused, or stopped before it was sent.
fn is_session_end(fault: &Fault<ApiError>) -> bool {
    match fault {
        Fault::Failed(err) => err.is_unauthenticated(),
        fault => matches!(fault, Fault::Cancelled),
    }
}

/// Shows that a change failed, and offers what helps, or to sign in as it needs. The end of a session is left out: it
/// is shown once for all requests.
fn show_failure(
    toasts: Option<&Toasts>,
    what: &str,
    text: &str,
    err: &ApiError,
    action: Option<ToastAction>,
    about: Option<&TodoChange>,
) {
    if let Some(toasts) = toasts
        && !err.is_unauthenticated()
    {
        let mut message =
            Message { about: about.cloned(), ..Message::failure(failed(what, text, err), action) };
        if let Some(problem) = err.step_up() {
            let address = outside(&step_up_address(problem, &current().address()));
            let run = Callback::from(move |()| dom::leave_to(&address));
            message.action = Some(ToastAction { label: CONFIRM, run });
        }
        toasts.show(message);
    }
}

/// The sentence for a change that failed.
fn failed(what: &str, text: &str, err: &ApiError) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    [what, " “", &shown, "”. ", err.explain().title, "."].concat()
}
