//! Choosing mutations under way.

use std::fmt;
use std::rc::Rc;

use crate::key::QueryKey;
use crate::mutation::state::{MutationState, MutationStatus};
use crate::named_keys::NamedKeys;

/// What must be true of a mutation.
type Condition = Rc<dyn Fn(&MutationState) -> bool>;

/// Mutations under way: those at and below a key, narrowed down by their state. A key is a filter by itself.
#[derive(Clone, Default)]
pub struct MutationFilter {
    keys: NamedKeys,
    conditions: Vec<Condition>,
}

impl MutationFilter {
    /// Every mutation, also those without a key.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those whose key is `prefix` or below it.
    pub fn below(prefix: &QueryKey) -> Self {
        Self::from(prefix.clone())
    }

    /// Those of `key`, and none below it.
    pub fn exact(key: &QueryKey) -> Self {
        Self { keys: NamedKeys::exact(key.clone()), ..Self::default() }
    }

    /// Only mutations that do this at the moment.
    #[must_use]
    pub fn status(self, status: MutationStatus) -> Self {
        self.predicate(move |mutation| mutation.status == status)
    }

    /// Only mutations of which this is true.
    #[must_use]
    pub fn predicate(mut self, condition: impl Fn(&MutationState) -> bool + 'static) -> Self {
        self.conditions.push(Rc::new(condition));
        self
    }

    /// Whether it chooses this one.
    pub fn matches(&self, state: &MutationState) -> bool {
        self.keys.include(state.key.as_ref()) && self.conditions.iter().all(|condition| condition(state))
    }
}

impl From<&QueryKey> for MutationFilter {
    fn from(prefix: &QueryKey) -> Self {
        Self::below(prefix)
    }
}

impl From<QueryKey> for MutationFilter {
    fn from(prefix: QueryKey) -> Self {
        Self { keys: NamedKeys::below(prefix), ..Self::default() }
    }
}

impl fmt::Debug for MutationFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutationFilter").field("keys", &self.keys).finish_non_exhaustive()
    }
}
