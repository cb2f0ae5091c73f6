//! The place where the failures of suspended queries are shown.

use std::fmt;
use std::rc::Rc;

use query_core::{QueryKey, Value};
use yew::prelude::*;

/// A query below a boundary that has failed for good, and has no data to go on with.
#[derive(Clone, PartialEq)]
pub struct BoundaryFault {
    /// Its key.
    pub key: QueryKey,
    /// Shows the page again, which fetches anew.
    pub reset: Callback<()>,
    error: Option<Value>,
}

impl BoundaryFault {
    /// The error, if it is an `E`.
    pub fn error<E: 'static>(&self) -> Option<Rc<E>> {
        self.error.as_ref()?.get()
    }
}

impl fmt::Debug for BoundaryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundaryFault").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What queries report to the nearest boundary above.
#[derive(Clone, PartialEq)]
pub(crate) struct Boundary {
    report: Callback<(QueryKey, Option<Value>)>,
}

impl Boundary {
    pub(crate) fn report(&self, key: QueryKey, error: Option<Value>) {
        self.report.emit((key, error));
    }
}

/// See [`QueryBoundary`].
#[derive(Clone, PartialEq, Properties)]
pub struct QueryBoundaryProps {
    /// Shown while queries of [`use_suspense_query`](crate::use_suspense_query()) have no data yet.
    #[prop_or_default]
    pub loading: Html,
    /// Makes what is shown instead of the children once such a query has failed.
    pub failed: Callback<BoundaryFault, Html>,
    /// The part of the page that needs the data.
    #[prop_or_default]
    pub children: Html,
}

/// Shows `loading` while queries below it have no data, and `failed` when one of them has failed for good.
///
/// The failure's `reset` shows the children again, whose queries are fetched anew as they appear.
#[component]
pub fn QueryBoundary(props: &QueryBoundaryProps) -> Html {
    let fault = use_state(|| None::<(QueryKey, Option<Value>)>);
    let boundary = {
        let setter = fault.setter();
        use_memo((), move |()| Boundary { report: Callback::from(move |found| setter.set(Some(found))) })
    };
    if let Some((key, error)) = (*fault).clone() {
        let setter = fault.setter();
        let reset = Callback::from(move |()| setter.set(None));
        return props.failed.emit(BoundaryFault { key, reset, error });
    }
    html! {
        <ContextProvider<Boundary> context={(*boundary).clone()}>
            <Suspense fallback={props.loading.clone()}>{ props.children.clone() }</Suspense>
        </ContextProvider<Boundary>>
    }
}
