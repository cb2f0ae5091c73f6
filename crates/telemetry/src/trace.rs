//! The trace that the running task belongs to: every line that it logs carries the trace's id.

use std::future::Future;

use http_message::TraceContext;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// Runs `work` as part of a trace: its log lines carry the trace's id.
pub async fn within<F: Future>(context: TraceContext, work: F) -> F::Output {
    CURRENT.scope(context, work).await
}

/// Binds `work`, which goes on in the background, to the trace of the running task.
pub fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let context = CURRENT.try_with(|context| *context).ok();
    async move {
        match context {
            Some(context) => within(context, work).await,
            None => work.await,
        }
    }
}

/// Runs `work`, which does not wait, as part of a trace.
pub fn within_now<T>(context: TraceContext, work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(context, work)
}

/// The trace of the running task.
#[must_use]
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(|context| *context).ok()
}
