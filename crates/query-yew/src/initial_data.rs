//! Data that a query begins with.

use std::rc::Rc;

use query_core::{QueryKey, Value};

use crate::runtime::Runtime;

/// Puts data into a query that has none, as of a time in milliseconds since the Unix epoch, or else now.
pub(crate) fn begin_with(runtime: &Rc<Runtime>, key: &QueryKey, value: &Value, as_of: Option<u64>) {
    if runtime.with_cache(|cache| cache.data(key).is_some()) {
        return;
    }
    let as_of = as_of.map(|wall| runtime.clock().moment_of(wall));
    // What does not fit has been reported.
    let written = runtime.with_now(|cache, now| cache.write(now, key, value.clone(), as_of));
    runtime.carry_out_all(written.unwrap_or_default());
}
