//! `use_is_mutating`: for "Saving…" anywhere on the page.

use query_core::MutationFilter;
use yew::prelude::*;

use crate::hooks::mutation_watch::use_mutation_watch;

/// How many of the mutations under way a filter chooses, whichever component or code started them.
#[hook]
pub fn use_is_mutating(filter: impl Into<MutationFilter>) -> usize {
    use_mutation_watch(filter.into(), |states| states.len())
}
