//! Finding queries by their key and state.

use crate::client::Cache;
use crate::entry::Entry;
use crate::filter::Filter;
use crate::inspect::Inspected;
use crate::key::QueryKey;
use crate::moment::Moment;
use crate::observer::entry_view;
use crate::options::Options;

impl Cache {
    /// The keys of the queries that `filter` chooses, in order.
    pub fn matching(&self, filter: &Filter, now: Moment) -> Vec<QueryKey> {
        let named = self.entries.iter().filter(|(key, _)| filter.names(key));
        let chosen = named.filter(|(key, entry)| filter.accepts(|| self.inspected(key, entry, now)));
        chosen.map(|(key, _)| key.clone()).collect()
    }

    /// Every query that `filter` chooses, in the order of the keys.
    pub fn inspect(&self, filter: &Filter, now: Moment) -> Vec<Inspected> {
        let named = self.entries.iter().filter(|(key, _)| filter.names(key));
        let inspected = named.map(|(key, entry)| self.inspected(key, entry, now));
        inspected.filter(|query| filter.accepts(|| query.clone())).collect()
    }

    fn inspected(&self, key: &QueryKey, entry: &Entry, now: Moment) -> Inspected {
        let mut options = Options::new(&self.defaults);
        let observers = || entry.observers.iter().filter_map(|id| self.observers.get(id));
        if let Some(shortest) = observers().map(|observer| observer.options.stale_time).min() {
            options.stale_time = shortest;
        }
        let view = entry_view(entry, &options, now);
        Inspected {
            key: key.clone(),
            status: view.status,
            fetch: view.fetch,
            stale: view.stale,
            observers: entry.observers.len(),
            active: observers().filter(|observer| observer.is_active(entry)).count(),
            failures: view.failures,
            updated_at: view.updated_at,
            data: view.data,
            error: view.error,
            meta: entry.meta.clone(),
        }
    }
}
