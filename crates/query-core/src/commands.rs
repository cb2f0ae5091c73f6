//! What an application asks of its cache. Each is a method of its own, so that an application has the code of those alone
//! that it calls.

use crate::client::Cache;
use crate::event::{Change, Effect};
use crate::filter::{Filter, Targets};
use crate::key::QueryKey;
use crate::kind::TypeConflict;
use crate::moment::Moment;
use crate::options::Options;
use crate::value::Value;
use crate::view::FetchKind;

impl Cache {
    /// Fetches a key ahead of its first observer, unless it is fresh. Of `options`, those of an observer count for nothing.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn prefetch(&mut self, now: Moment, key: &QueryKey, options: &Options) -> Vec<Effect> {
        self.now = now;
        let entry = self.entry(key);
        entry.take_options(options);
        if entry.wants_fetch(options, now) {
            self.launch(key, FetchKind::Refresh, options.plan());
        }
        if let Some(flight) = self.entry(key).flight.as_mut() {
            flight.detached = true;
        }
        self.flush()
    }

    /// Makes queries stale, and fetches those of `targets` again.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn invalidate(&mut self, now: Moment, filter: &Filter, targets: Targets) -> Vec<Effect> {
        self.now = now;
        let keys = self.matching(filter, now);
        self.outdate(keys, targets);
        self.flush()
    }

    /// Fetches queries now, fresh or not, except those whose observers are all disabled. Joins what is in the air.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn refetch(&mut self, now: Moment, filter: &Filter) -> Vec<Effect> {
        self.now = now;
        for key in self.matching(filter, now) {
            let is_disabled = self.entries.get(&key).is_some_and(|entry| !entry.observers.is_empty());
            let own = self.entries.get(&key).and_then(|entry| entry.plan);
            match self.plan(&key) {
                Some(plan) => self.fetch_now(&key, plan),
                None if is_disabled => {}
                None => {
                    let plan = own.unwrap_or_else(|| Options::new(&self.defaults).plan());
                    self.fetch_now(&key, plan);
                }
            }
        }
        self.flush()
    }

    /// Ends the fetches of queries without a result; data and errors stay as they were.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn cancel(&mut self, now: Moment, filter: &Filter) -> Vec<Effect> {
        self.now = now;
        for key in self.matching(filter, now) {
            self.abort(&key);
        }
        self.flush()
    }

    /// Takes queries back to how they began, without data, and fetches those again that an enabled observer shows.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn reset(&mut self, now: Moment, filter: &Filter) -> Vec<Effect> {
        self.now = now;
        for key in self.matching(filter, now) {
            self.abort(&key);
            let version = self.next_id();
            self.entry(&key).reset(now, version);
            self.touched.push(key.clone());
            if let Some(plan) = self.plan(&key) {
                self.launch(&key, FetchKind::Refresh, plan);
            }
        }
        self.flush()
    }

    /// Forgets queries. Those that are observed go back to having no data, and are not fetched again by themselves.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn remove(&mut self, now: Moment, filter: &Filter) -> Vec<Effect> {
        self.now = now;
        let keys = self.matching(filter, now);
        self.forget(keys);
        self.flush()
    }

    /// Forgets everything, as on logout. Nothing is fetched again by itself.
    #[must_use = "effects that are not carried out leave queries in the air for ever"]
    pub fn clear(&mut self, now: Moment) -> Vec<Effect> {
        self.now = now;
        self.forget(self.keys(&QueryKey::new([])));
        self.mutations.forget_all();
        for observer in self.observers.values_mut() {
            // Data that the last user saw under another key is no placeholder for the next one.
            observer.previous = None;
        }
        self.move_mutations_on();
        self.flush()
    }

    /// Takes data that became known without a fetch, true as of `as_of`, or else now. Data older than the cache's is not
    /// taken.
    ///
    /// # Errors
    /// Where the key has data of another type, and somebody shows it.
    pub fn write(
        &mut self,
        now: Moment,
        key: &QueryKey,
        value: Value,
        as_of: Option<Moment>,
    ) -> Result<Vec<Effect>, TypeConflict> {
        self.now = now;
        // Nothing is known to be true in the future, whatever the clock of the writer said.
        let moment = as_of.unwrap_or(now).min(now);
        if let Some(conflict) = self.conflict(key, value.kind()) {
            if self.entries.get(key).is_some_and(|entry| !entry.observers.is_empty()) {
                return Err(conflict);
            }
            self.forget(vec![key.clone()]);
        }
        let version = self.next_id();
        let entry = self.entry(key);
        if as_of.is_none() || entry.updated_at.is_none_or(|updated| updated < moment) {
            entry.write(value, moment, version);
            self.touched.push(key.clone());
        }
        Ok(self.flush())
    }

    fn forget(&mut self, keys: Vec<QueryKey>) {
        for key in keys {
            self.abort(&key);
            let (version, now) = (self.next_id(), self.now);
            match self.entries.get_mut(&key) {
                Some(entry) if !entry.observers.is_empty() => {
                    entry.reset(now, version);
                    self.touched.push(key);
                }
                _ => {
                    self.entries.remove(&key);
                    self.tell(&key, || Change::Removed);
                    self.effects.push(Effect::Forget { key });
                }
            }
        }
    }
}
