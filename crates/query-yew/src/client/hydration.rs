//! The cache as JSON: taken from a server or a storage, and written for one.

use query_core::{HydrateError, Shapes, hydration};

use crate::client::QueryClient;
use crate::conflict;

impl QueryClient {
    /// Takes the data that has one of `shapes` from a JSON document made by [`dehydrate`](Self::dehydrate) or by a server.
    /// Data that the cache has newer stays.
    ///
    /// # Errors
    /// When the document cannot be read, or has data of another type than its shape; then nothing is taken.
    pub fn hydrate(&self, json: &str, shapes: &Shapes) -> Result<(), HydrateError> {
        let runtime = self.runtime();
        for query in hydration(json, shapes)? {
            let as_of = Some(runtime.clock().moment_of(query.updated_at));
            match runtime.with_now(|cache, now| cache.write(now, &query.key, query.value, as_of)) {
                Ok(effects) => runtime.carry_out_all(effects),
                Err(conflict) => conflict::report(&query.key, conflict),
            }
        }
        Ok(())
    }

    /// The cached data that has one of `shapes`, as a JSON document for [`hydrate`](Self::hydrate). Left out is what was
    /// invalidated, or written by a change under way. Needs the feature `hydrate`.
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    pub fn dehydrate(&self, shapes: &Shapes) -> Result<String, HydrateError> {
        let clock = self.runtime().clock();
        self.runtime().with_cache(|cache| cache.dehydrate(shapes, &clock))
    }
}
