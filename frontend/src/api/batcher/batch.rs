//! One batch under way.

use std::rc::Rc;

use gloo_events::EventListener;
use shared::{
    Method,
    batch::{BATCH_PATH, NDJSON},
};
use web_sys::{AbortController, AbortSignal};

use super::{batch_size::halve_batch_size, pending::Pending, single, wire};
use crate::api::{
    error::ApiError,
    exchange::address,
    fetch::{self, prepare, within_time_limit},
    json::Json,
    lines::ContentLines,
    session_end,
};

/// The calls of one batch.
type Calls = Rc<Vec<Rc<Pending>>>;

/// Sends these calls in one request, and gives each its answer as soon as that is there. The time limit is the request's,
/// so that it is each call's as well. When all of them have been given up, so is the request.
pub(super) fn send(calls: Calls) -> impl Future<Output = ()> {
    let controller = AbortController::new().ok();
    // Heard from now on, for as long as the request is under way.
    let watch = |call: &Rc<Pending>| watch(call, Rc::clone(&calls), controller.clone());
    let listeners: Vec<EventListener> = calls.iter().filter_map(watch).collect();
    async move {
        let outcome = run(&calls, controller.as_ref().map(AbortController::signal)).await;
        drop(listeners);
        let is_too_large = wire::is_too_large(&outcome);
        if is_too_large {
            halve_batch_size(calls.len());
        }
        session_end::look_at(&outcome);
        // An answer that ends early has ended as a broken connection does.
        let err = outcome.err().unwrap_or(ApiError::Network);
        for call in calls.iter().filter(|call| call.is_wanted()) {
            // Of a batch that is too large nothing has been done.
            if is_too_large {
                single::send(call);
            } else if call.take() {
                call.settle(Err(err.clone()));
            }
        }
    }
}

/// When `call` is given up, looks whether all are.
fn watch(call: &Pending, calls: Calls, controller: Option<AbortController>) -> Option<EventListener> {
    let signal = call.signal.as_ref()?;
    Some(EventListener::new(signal, "abort", move |_| {
        // Each is asked: asking settles it.
        let wanted = calls.iter().filter(|call| call.is_wanted()).count();
        if let Some(controller) = controller.as_ref().filter(|_| wanted == 0) {
            controller.abort();
        }
    }))
}

/// Sends the batch and hands the answers out. Returns the reason why the other calls have none.
async fn run(calls: &Calls, signal: Option<AbortSignal>) -> Result<Json, ApiError> {
    let body = wire::body(calls.iter().map(|pending| &pending.call)).ok_or(ApiError::Decode)?;
    let signal = within_time_limit(signal.as_ref());
    let request = prepare(Method::Post, &address(BATCH_PATH), &[("accept", NDJSON)], Some(&body), &signal);
    let response = fetch::send(request).await?;
    let stream = match response.body() {
        Some(stream) if response.ok() => stream,
        _ => return fetch::content(&response).await,
    };
    let mut lines = ContentLines::of(&stream);
    while let Some(line) = lines.next().await? {
        hand_out(&line, calls)?;
    }
    Err(ApiError::Network)
}

/// Gives the answer in a line to the call that it belongs to.
fn hand_out(line: &[u8], calls: &[Rc<Pending>]) -> Result<(), ApiError> {
    let (index, outcome) = wire::answer(line).ok_or(ApiError::Decode)?;
    if let Some(pending) = calls.get(index).filter(|pending| pending.is_wanted()) {
        // A change may have been made although its answer did not fit.
        if pending.call.method == Method::Get && wire::may_succeed_alone(&outcome) {
            single::send(pending);
        } else if pending.take() {
            session_end::look_at(&outcome);
            pending.settle(outcome);
        }
    }
    Ok(())
}
