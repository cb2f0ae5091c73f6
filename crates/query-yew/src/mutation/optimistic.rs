//! The optimistic writes of a mutation, before the server has answered.

use std::rc::Rc;

use query_core::{MutationId, QueryKey, Value};

use crate::client::QueryClient;
use crate::conflict;

/// The cache as a running mutation sees it: each write is taken back if the mutation fails, except where there was another
/// one since. Each write first cancels the read in flight for its key.
#[derive(Debug)]
pub struct Optimistic {
    client: QueryClient,
    mutation: MutationId,
    /// The keys that it wrote, or would have where there was no data: they are its scope.
    keys: Vec<QueryKey>,
}

impl Optimistic {
    pub(crate) fn new(client: QueryClient, mutation: MutationId) -> Self {
        Self { client, mutation, keys: Vec::new() }
    }

    pub(crate) fn into_keys(self) -> Vec<QueryKey> {
        self.keys
    }

    /// The cached data of a key, if it is a `T`.
    pub fn get<T: 'static>(&self, key: &QueryKey) -> Option<Rc<T>> {
        self.client.get_data(key)
    }

    /// Replaces cached data by the result of `change`. Does nothing where there is none, or not a `T`.
    pub fn update<T: PartialEq + 'static>(&mut self, key: &QueryKey, change: impl FnOnce(&T) -> T) {
        self.note(key);
        if let Some(data) = self.client.get_data::<T>(key) {
            self.write(key, Some(Value::new(change(&data))));
        }
    }

    /// [`update`](Self::update) for every key at and below `prefix` whose data is a `T`, for instance each page and
    /// filter of a list.
    pub fn update_all<T: PartialEq + 'static>(&mut self, prefix: &QueryKey, change: impl Fn(&T) -> T) {
        self.note(prefix);
        for key in self.client.keys(prefix) {
            self.update(&key, &change);
        }
    }

    /// Puts data in place, whether there is any or not. Where there is data of another type, the console says so, and that
    /// stays.
    pub fn set<T: PartialEq + 'static>(&mut self, key: &QueryKey, data: T) {
        self.note(key);
        self.write(key, Some(Value::new(data)));
    }

    /// Takes the data of a key away. Does nothing where there is none.
    pub fn remove(&mut self, key: &QueryKey) {
        self.note(key);
        if self.client.runtime().with_cache(|cache| cache.data(key).is_some()) {
            self.write(key, None);
        }
    }

    fn note(&mut self, key: &QueryKey) {
        if !self.keys.contains(key) {
            self.keys.push(key.clone());
        }
    }

    fn write(&self, key: &QueryKey, value: Option<Value>) {
        let runtime = self.client.runtime();
        let written =
            runtime.with_now(|cache, now| cache.write_optimistically(now, self.mutation, key, value));
        match written {
            Ok(effects) => runtime.carry_out_all(effects),
            Err(conflict) => conflict::report(key, conflict),
        }
    }
}
