//! Live updates: what others do appears while one looks.

use std::{cell::RefCell, rc::Rc};

use gloo_timers::callback::Timeout;
use query_yew::{Query, use_query, use_query_client};
use shared::TodoPage;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;
use yew::prelude::*;

use super::{live::Live, todos_key, use_online};
use crate::{
    api::{
        ApiError,
        events::{self, TodoEvent},
    },
    dom,
    hooks::use_visibility,
};

/// The `<meta>` that names the stream's path.
const PATH: &str = "bff-events";

/// Milliseconds before a stream that has ended is opened again; twice as many after each that brought nothing.
const FIRST_PAUSE: u32 = 1_000;
const LONGEST_PAUSE: u32 = 60_000;

/// Milliseconds between page and stream in which a change may be missed until the next read. To read the list again at each
/// start would cost more.
const FIRST_GAP: f64 = 5_000.0;

/// What is known of the stream from one opening to the next.
struct Course {
    /// The id of the last event.
    last_id: Option<String>,
    /// The pause before it is opened again.
    pause: u32,
    /// Whether it has been asked for before.
    is_again: bool,
}

/// Follows the events of todos while the page is looked at, the list has been read, and there is a network. A server without
/// them is asked once.
#[hook]
pub(crate) fn use_live_updates() {
    let client = use_query_client();
    let list = use_query(Query::<TodoPage, ApiError>::skipped(todos_key()));
    let is_read = list.data.is_some();
    // A list that was asked for before this code came may be old: the code has taken its time.
    let is_older = use_memo((), |()| is_read || list.fetching);
    let (is_visible, is_online) = (use_visibility(), use_online());
    let path = use_memo((), |()| dom::meta(PATH).filter(|path| !path.is_empty()));
    let is_off = use_state_eq(|| path.is_none());
    let attempt = use_state_eq(|| 0_u32);
    let course = use_mut_ref(|| Course { last_id: None, pause: FIRST_PAUSE, is_again: false });
    let is_open = is_read && is_visible && is_online && !*is_off;
    use_effect_with((is_open, *attempt), move |(is_open, attempts)| {
        let controller = AbortController::new().ok().filter(|_| *is_open);
        let again = Rc::<RefCell<Option<Timeout>>>::default();
        if let (Some(controller), Some(path)) = (&controller, path.as_ref().clone()) {
            let (signal, again, attempts) = (controller.signal(), Rc::clone(&again), *attempts);
            let live = Live::new(client);
            spawn_local(async move {
                let last_id = course.borrow().last_id.clone();
                let is_again = std::mem::replace(&mut course.borrow_mut().is_again, true);
                let opened = || {
                    let is_late = *is_older && dom::age() > FIRST_GAP;
                    // What happened meanwhile is not told again without an id.
                    if last_id.is_none() && (is_again || is_late) {
                        live.take_in(TodoEvent::Reset);
                    }
                };
                let told = |id: Option<String>, event| {
                    let mut course = course.borrow_mut();
                    course.last_id = id.or(course.last_id.take());
                    course.pause = FIRST_PAUSE;
                    drop(course);
                    live.take_in(event);
                };
                let outcome = events::follow(&path, last_id.as_deref(), &signal, opened, told).await;
                if signal.aborted() {
                    return;
                }
                let mut course = course.borrow_mut();
                // Somebody who may not listen, or a server that does not know it.
                let is_refused = outcome.is_err_and(|err| !err.may_work_later());
                if is_refused {
                    is_off.set(true);
                    return;
                }
                let timeout = Timeout::new(course.pause, move || attempt.set(attempts + 1));
                *again.borrow_mut() = Some(timeout);
                course.pause = LONGEST_PAUSE.min(2 * course.pause);
            });
        }
        move || {
            again.take();
            if let Some(controller) = controller {
                controller.abort();
            }
        }
    });
}
