//! What the panel has seen of fetches: how they ended, and how long they took.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use query_core::{Change, FetchStatus, Filter, Moment, QueryKey};

use crate::client::QueryClient;
use crate::client::events::Subscription;

/// The most fetches of a query that are kept.
const KEPT: usize = 10;

/// A fetch that has ended.
#[derive(Clone, Copy)]
pub(super) struct Fetch {
    pub(super) outcome: &'static str,
    pub(super) took: Duration,
    pub(super) ended: Moment,
}

#[derive(Default)]
struct Seen {
    since: Option<Moment>,
    fetches: Vec<Fetch>,
}

/// Watches the fetches of a cache from when the panel was made.
pub(super) struct FetchLog {
    seen: Rc<RefCell<BTreeMap<QueryKey, Seen>>>,
    _subscription: Subscription,
}

impl FetchLog {
    /// Calls `changed` after each change of a query.
    pub(super) fn new(client: &QueryClient, changed: impl Fn() + 'static) -> Self {
        let seen = Rc::new(RefCell::new(BTreeMap::<QueryKey, Seen>::new()));
        let (watched, noted) = (client.clone(), Rc::clone(&seen));
        let subscription = client.subscribe(move |key, change| {
            changed();
            let now = watched.runtime().now();
            let mut noted = noted.borrow_mut();
            let seen = noted.entry(key.clone()).or_default();
            let outcome = match change {
                Change::Removed => return drop(noted.remove(key)),
                Change::Fetched => "data",
                Change::Failed(_) => "a failure",
                _ => {
                    let idle = Filter::exact(key).fetch_status(FetchStatus::Idle);
                    let is_idle = !watched.inspect(idle).is_empty();
                    seen.since = if is_idle { None } else { seen.since.or(Some(now)) };
                    return;
                }
            };
            let took = seen.since.take().map_or(Duration::ZERO, |since| now.since(since));
            seen.fetches.push(Fetch { outcome, took, ended: now });
            if seen.fetches.len() > KEPT {
                seen.fetches.remove(0);
            }
        });
        Self { seen, _subscription: subscription }
    }

    /// The newest fetches of a query, oldest first.
    pub(super) fn of(&self, key: &QueryKey) -> Vec<Fetch> {
        self.seen.borrow().get(key).map(|seen| seen.fetches.clone()).unwrap_or_default()
    }
}
