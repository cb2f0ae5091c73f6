//! `use_mutation_states`: the changes under way, for instance to show their input before the server has it.

use query_core::{MutationFilter, MutationState};
use yew::prelude::*;

use crate::hooks::mutation_watch::use_mutation_watch;

/// The mutations under way that a filter chooses, in the order in which they were started, whichever component or code
/// started them.
#[hook]
pub fn use_mutation_states(filter: impl Into<MutationFilter>) -> Vec<MutationState> {
    use_mutation_watch(filter.into(), |states| states)
}
