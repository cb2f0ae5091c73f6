//! The runs that one hook started, without their types.

use std::cell::RefCell;
use std::rc::Rc;

use query_core::{Moment, MutationId, MutationStatus};
use yew::UseForceUpdateHandle;

use crate::client::QueryClient;

/// What a component sees of the runs.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) under_way: Vec<MutationId>,
    pub(crate) paused: bool,
    pub(crate) failures: u32,
    pub(crate) submitted_at: Option<Moment>,
    latest: Option<MutationId>,
}

/// The runs of a hook, which renders with each change of their states.
pub(crate) struct Progress {
    seen: RefCell<Seen>,
    render: UseForceUpdateHandle,
}

impl Progress {
    pub(crate) fn new(render: UseForceUpdateHandle) -> Self {
        Self { seen: RefCell::default(), render }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    pub(crate) fn begin(&self, id: MutationId, client: &QueryClient) {
        {
            let mut seen = self.seen.borrow_mut();
            seen.under_way.push(id);
            seen.latest = Some(id);
            seen.failures = 0;
            seen.submitted_at = Some(client.runtime().now());
        }
        self.render();
    }

    pub(crate) fn end(&self, id: Option<MutationId>, client: &QueryClient) {
        self.seen.borrow_mut().under_way.retain(|other| Some(*other) != id);
        self.look(client);
    }

    /// Forgets what is to be seen; the runs under way stay.
    pub(crate) fn reset(&self) {
        {
            let mut seen = self.seen.borrow_mut();
            *seen = Seen { under_way: std::mem::take(&mut seen.under_way), ..Seen::default() };
        }
        self.render();
    }

    /// Takes over what the cache knows of the runs.
    pub(crate) fn look(&self, client: &QueryClient) {
        {
            let mut seen = self.seen.borrow_mut();
            client.runtime().with_cache(|cache| {
                let status = |id: &MutationId| cache.mutation_status(*id);
                let is_paused = |id| status(id).is_some_and(|(status, _)| status == MutationStatus::Paused);
                seen.paused = seen.under_way.iter().any(is_paused);
                if let Some((_, failures)) = seen.latest.as_ref().and_then(status) {
                    seen.failures = failures;
                }
            });
        }
        self.render();
    }

    /// What looks again with each change of a run.
    pub(crate) fn watch(self: &Rc<Self>, client: &QueryClient) -> Rc<dyn Fn()> {
        let (progress, client) = (Rc::clone(self), client.clone());
        Rc::new(move || progress.look(&client))
    }

    fn render(&self) {
        self.render.force_update();
    }
}
