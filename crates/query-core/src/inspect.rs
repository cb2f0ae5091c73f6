//! The state of every query at a glance, for tools that show it to a developer.

use crate::client::Cache;
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::observer::{FetchStatus, Status, View};
use crate::options::Options;

/// One query of the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// Its key.
    pub key: QueryKey,
    /// The state of the data.
    pub status: Status,
    /// The state of the fetch.
    pub fetch: FetchStatus,
    /// Whether it was invalidated, or is older than the default stale time.
    pub stale: bool,
    /// Number of observers.
    pub observers: usize,
    /// Failed attempts of the current or last fetch.
    pub failures: u32,
    /// When its data was true.
    pub updated_at: Option<Moment>,
}

impl Cache {
    /// Every query in the order of the keys.
    pub fn inspect(&self, now: Moment) -> Vec<Inspected> {
        let options = Options::new(&self.defaults);
        let inspected = self.entries.iter().map(|(key, entry)| {
            let view = View::of(Some(entry), &options, None, now);
            Inspected {
                key: key.clone(),
                status: view.status,
                fetch: view.fetch,
                stale: view.stale,
                observers: entry.observers.len(),
                failures: view.failures,
                updated_at: view.updated_at,
            }
        });
        inspected.collect()
    }
}
