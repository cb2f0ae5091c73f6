//! A choice among the mutations under way.

use std::fmt;
use std::rc::Rc;

use crate::key::QueryKey;
use crate::mutation_state::{MutationState, MutationStatus};

type Predicate = Rc<dyn Fn(&MutationState) -> bool>;

/// A choice among the mutations under way. Everything that is asked for has to hold.
#[derive(Clone, Default)]
pub struct MutationFilter {
    prefix: Option<QueryKey>,
    exact: Option<QueryKey>,
    status: Option<MutationStatus>,
    predicate: Option<Predicate>,
}

impl MutationFilter {
    /// All of them.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those whose key is `prefix` or below it.
    pub fn prefix(prefix: QueryKey) -> Self {
        Self { prefix: Some(prefix), ..Self::default() }
    }

    /// Those with this very key.
    pub fn exact(key: QueryKey) -> Self {
        Self { exact: Some(key), ..Self::default() }
    }

    /// Those that do this at the moment.
    #[must_use]
    pub fn status(self, status: MutationStatus) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Those for which `predicate` holds.
    #[must_use]
    pub fn predicate(self, predicate: impl Fn(&MutationState) -> bool + 'static) -> Self {
        Self { predicate: Some(Rc::new(predicate)), ..self }
    }

    /// Whether it chooses this one.
    pub fn matches(&self, state: &MutationState) -> bool {
        let key = state.key.as_ref();
        self.prefix.as_ref().is_none_or(|prefix| key.is_some_and(|key| key.starts_with(prefix)))
            && self.exact.as_ref().is_none_or(|exact| key == Some(exact))
            && self.status.is_none_or(|status| status == state.status)
            && self.predicate.as_ref().is_none_or(|predicate| predicate(state))
    }
}

impl fmt::Debug for MutationFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutationFilter")
            .field("prefix", &self.prefix)
            .field("exact", &self.exact)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
