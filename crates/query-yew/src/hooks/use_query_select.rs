//! `use_query_select`: the part of a query that a component cares about.

use std::cell::RefCell;
use std::rc::Rc;

use query_core::View;
use yew::prelude::*;

use crate::hooks::observation::use_observation;
use crate::query::Query;
use crate::result::QueryResult;

type Selector<T, E, S> = Rc<dyn Fn(&QueryResult<T, E>) -> S>;

/// The newest selector, and its last selection.
struct Selection<T, E, S> {
    select: Selector<T, E, S>,
    refetch: Callback<()>,
    selected: Option<Rc<S>>,
}

/// Shows a part of a query: like [`use_query`](crate::use_query()), but renders only when what `select` returns
/// changes. An equal selection keeps its reference.
///
/// `select` runs on every change of the query and should be cheap. It may hand on the result's
/// [`refetch`](QueryResult::refetch), which compares equal as long as the key is the same.
#[hook]
pub fn use_query_select<T, E, S, F>(query: Query<T, E>, select: F) -> Rc<S>
where
    T: PartialEq + 'static,
    E: 'static,
    S: PartialEq + 'static,
    F: Fn(&QueryResult<T, E>) -> S + 'static,
{
    let update = use_force_update();
    let select: Selector<T, E, S> = Rc::new(select);
    let selection = use_mut_ref(|| Selection {
        select: Rc::clone(&select),
        refetch: Callback::noop(),
        selected: None::<Rc<S>>,
    });
    selection.borrow_mut().select = select;
    let observed = {
        let selection = Rc::clone(&selection);
        let listener = move |view: &View| {
            if current(&selection, view).1 {
                update.force_update();
            }
        };
        use_observation(&query.description, Rc::new(listener))
    };
    selection.borrow_mut().refetch = observed.refetch;
    current(&selection, &observed.view).0
}

/// The selection from `view`, and whether it differs from the last one.
fn current<T, E, S>(selection: &RefCell<Selection<T, E, S>>, view: &View) -> (Rc<S>, bool)
where
    T: 'static,
    E: 'static,
    S: PartialEq,
{
    // Not under the borrow: the selector is code of the application.
    let (select, refetch) = {
        let selection = selection.borrow();
        (Rc::clone(&selection.select), selection.refetch.clone())
    };
    let new = select(&QueryResult::of(view, refetch));
    let mut selection = selection.borrow_mut();
    match &selection.selected {
        Some(old) if **old == new => (Rc::clone(old), false),
        _ => {
            let new = Rc::new(new);
            selection.selected = Some(Rc::clone(&new));
            (new, true)
        }
    }
}
