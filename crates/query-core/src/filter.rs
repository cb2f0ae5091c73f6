//! Choosing queries of the cache.

use std::fmt;
use std::rc::Rc;

use crate::inspect::Inspected;
use crate::key::QueryKey;
use crate::named_keys::NamedKeys;
use crate::view::{FetchStatus, Status};

/// What must be true of a query.
type Condition = Rc<dyn Fn(&Inspected) -> bool>;

/// Queries of the cache: those at and below a key, narrowed down by their state. A key is a filter by itself.
#[derive(Clone, Default)]
pub struct Filter {
    keys: NamedKeys,
    conditions: Vec<Condition>,
    /// The keys that the conditions have been found true of.
    only: Option<Rc<[QueryKey]>>,
}

impl Filter {
    /// Every query.
    pub fn all() -> Self {
        Self::default()
    }

    /// The query of `prefix` and all below it.
    pub fn below(prefix: &QueryKey) -> Self {
        Self::from(prefix.clone())
    }

    /// The query of `key`, and none below it.
    pub fn exact(key: &QueryKey) -> Self {
        Self { keys: NamedKeys::exact(key.clone()), ..Self::default() }
    }

    /// Only queries that some enabled observer shows, or only the others.
    #[must_use]
    pub fn active(self, active: bool) -> Self {
        self.predicate(move |query| (query.active > 0) == active)
    }

    /// Only queries that are stale, or only the others.
    #[must_use]
    pub fn stale(self, stale: bool) -> Self {
        self.predicate(move |query| query.stale == stale)
    }

    /// Only queries whose data is in this state.
    #[must_use]
    pub fn status(self, status: Status) -> Self {
        self.predicate(move |query| query.status == status)
    }

    /// Only queries whose fetch is in this state.
    #[must_use]
    pub fn fetch_status(self, fetch: FetchStatus) -> Self {
        self.predicate(move |query| query.fetch == fetch)
    }

    /// Only queries of which this is true. Hooks ask it with every change of any query: keep it cheap.
    #[must_use]
    pub fn predicate(mut self, condition: impl Fn(&Inspected) -> bool + 'static) -> Self {
        self.conditions.push(Rc::new(condition));
        self
    }

    /// Whether the state of a query has to be asked for.
    pub fn has_conditions(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// The same filter without its conditions.
    #[must_use]
    pub fn unconditional(&self) -> Self {
        Self { conditions: Vec::new(), ..self.clone() }
    }

    /// A filter that chooses what this one chooses among `queries`. A driver tries conditions while nothing is borrowed: they
    /// are code of the application, which may ask the cache.
    #[must_use]
    pub fn among(&self, queries: &[Inspected]) -> Self {
        let chosen = queries.iter().filter(|query| self.conditions.iter().all(|condition| condition(query)));
        Self { only: Some(chosen.map(|query| query.key.clone()).collect()), ..self.unconditional() }
    }

    /// Whether the filter can choose a query of this key.
    pub(crate) fn names(&self, key: &QueryKey) -> bool {
        if self.only.as_ref().is_some_and(|only| !only.contains(key)) {
            return false;
        }
        self.keys.include(Some(key))
    }

    /// Whether a query is of the state asked for. `inspect` is called only where a state was asked for.
    pub(crate) fn accepts(&self, inspect: impl FnOnce() -> Inspected) -> bool {
        if self.conditions.is_empty() {
            return true;
        }
        let query = inspect();
        self.conditions.iter().all(|condition| condition(&query))
    }
}

impl From<&QueryKey> for Filter {
    fn from(prefix: &QueryKey) -> Self {
        Self::below(prefix)
    }
}

impl From<QueryKey> for Filter {
    fn from(prefix: QueryKey) -> Self {
        Self { keys: NamedKeys::below(prefix), ..Self::default() }
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// Which of the queries that were invalidated are fetched again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Targets {
    /// Those that some enabled observer shows. The others are, when they are shown next.
    #[default]
    Active,
    /// Those that nobody shows.
    Inactive,
    /// All.
    All,
    /// None: they are fetched when they are shown next.
    None,
}
