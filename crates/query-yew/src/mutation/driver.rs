//! Drives the mutations of a cache: asks servers, aborts, tells, and reports back. Not generic, so that many
//! kinds of mutations have this code once. Queries do not reach it, so that an app without mutations has none.

use std::rc::Rc;

use query_core::{Failure, MutationEffect, MutationEnd, MutationId, NewMutation, QueryKey};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use crate::client::QueryClient;
use crate::mutation::optimistic::Optimistic;
use crate::mutation::run::{MutationContext, MutationRun, RunningMutation};
use crate::runtime::Runtime;

/// Makes a mutation known to the cache. [`submit`] is to follow.
pub(crate) fn begin(client: &QueryClient, new: NewMutation, run: Rc<dyn MutationRun>) -> MutationId {
    let runtime = client.runtime();
    runtime.drive_mutations_by(carry_out);
    let id = runtime.with_now(|cache, now| cache.begin_mutation(now, new));
    runtime.mutations.borrow_mut().insert(id, RunningMutation { run, controller: None });
    id
}

/// Makes the optimistic writes, and puts the mutation in line: by `scope`, or else by the keys written.
pub(crate) fn submit(
    client: &QueryClient,
    id: MutationId,
    expect: &dyn Fn(&mut Optimistic),
    scope: Option<Vec<QueryKey>>,
) {
    let mut cache = Optimistic::new(client.clone(), id);
    expect(&mut cache);
    let scope = scope.unwrap_or_else(|| cache.into_keys());
    client.runtime().command(|cache, now| cache.submit_mutation(now, id, scope));
}

fn carry_out(runtime: &Rc<Runtime>, effect: MutationEffect) {
    match effect {
        MutationEffect::Attempt { mutation, attempt } => ask(runtime, mutation, attempt),
        MutationEffect::Abort { mutation } => {
            let mut mutations = runtime.mutations.borrow_mut();
            let controller = mutations.get_mut(&mutation).and_then(|running| running.controller.take());
            drop(mutations);
            if let Some(controller) = controller {
                controller.abort();
            }
        }
        MutationEffect::End { mutation, end } => settle(runtime, mutation, end),
        MutationEffect::Changed { mutation } => {
            if let Some(run) = run_of(runtime, mutation) {
                run.changed();
            }
            if let Some(tell) = runtime.mutation_news.get() {
                tell(runtime, mutation, None);
            }
        }
    }
}

fn ask(runtime: &Rc<Runtime>, mutation: MutationId, attempt: u32) {
    // Only a browser has an AbortController.
    let (Some(run), Ok(controller)) = (run_of(runtime, mutation), AbortController::new()) else {
        return;
    };
    let context = MutationContext { signal: controller.signal() };
    if let Some(running) = runtime.mutations.borrow_mut().get_mut(&mutation) {
        running.controller = Some(controller);
    }
    let answer = run.attempt(context);
    // Strong: a change goes on to its end when the page that made it is gone.
    let runtime = Rc::clone(runtime);
    spawn_local(async move {
        let answer = answer.await.map_err(|error| runtime.judged(Failure { error, retry: None }));
        runtime.command(|cache, now| cache.mutation_answered(now, mutation, attempt, answer));
    });
}

fn settle(runtime: &Rc<Runtime>, mutation: MutationId, end: MutationEnd) {
    let Some(run) = run_of(runtime, mutation) else {
        return;
    };
    let invalidates = run.tell(end);
    if let Some(tell) = runtime.mutation_news.get() {
        tell(runtime, mutation, Some((end, &*run)));
    }
    let removed = runtime.mutations.borrow_mut().remove(&mutation);
    drop(removed);
    runtime.command(|cache, now| cache.settle_mutation(now, mutation, invalidates));
    run.hand_over();
}

fn run_of(runtime: &Runtime, mutation: MutationId) -> Option<Rc<dyn MutationRun>> {
    runtime.mutations.borrow().get(&mutation).map(|running| Rc::clone(&running.run))
}
