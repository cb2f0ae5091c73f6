//! The choices of an application for the queries below a key.

use std::cell::RefCell;
use std::rc::Rc;

use query_core::{QueryDefaults, QueryKey};

type Change = Rc<dyn Fn(QueryDefaults) -> QueryDefaults>;

/// What is different from the defaults of the cache, by prefix.
#[derive(Default)]
pub(crate) struct KeyDefaults(RefCell<Vec<(QueryKey, Change)>>);

impl KeyDefaults {
    /// Replaces what was said of this very prefix.
    pub(crate) fn set(&self, prefix: QueryKey, change: Change) {
        let mut all = self.0.borrow_mut();
        all.retain(|(other, _)| *other != prefix);
        let length = prefix.segments().len();
        let place = all.partition_point(|(other, _)| other.segments().len() <= length);
        all.insert(place, (prefix, change));
    }

    /// The defaults of a key, from the shortest prefix to the longest; `None` where nothing is said.
    pub(crate) fn of(
        &self,
        key: &QueryKey,
        defaults: impl FnOnce() -> QueryDefaults,
    ) -> Option<QueryDefaults> {
        // Not under the borrow: what is said is code of the application.
        let changes: Vec<Change> = {
            let all = self.0.borrow();
            let fitting = all.iter().filter(|(prefix, _)| key.starts_with(prefix));
            fitting.map(|(_, change)| Rc::clone(change)).collect()
        };
        let (first, further) = changes.split_first()?;
        Some(further.iter().fold(first(defaults()), |chosen, change| change(chosen)))
    }
}
