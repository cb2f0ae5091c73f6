//! `use_query`: data for a component to show.

use std::rc::Rc;

use yew::prelude::*;

use crate::hooks::observation::use_observation;
use crate::query::Query;
use crate::result::QueryResult;

/// Shows a query: fetches it when it is missing or stale, and renders the component when anything about it changes.
///
/// The description may be built anew on each render. When its key changes, data of the old key is no longer shown,
/// unless [`Query::keep_previous_data`] asks for it.
#[hook]
pub fn use_query<T, E>(query: Query<T, E>) -> QueryResult<T, E>
where
    T: PartialEq + 'static,
    E: 'static,
{
    let update = use_force_update();
    let observed = use_observation(&query.description, Rc::new(move |_| update.force_update()));
    QueryResult::of(&observed.view, observed.refetch)
}
