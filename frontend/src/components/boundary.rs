//! Error boundaries: a section whose data failed shows why and "Try again" in its place, the rest of the page
//! lives on.
//!
//! Yew has none of its own. A component reports what it cannot go on without by [`use_fault`]; the nearest
//! [`Boundary`] above collects the reports and shows them in the place of its children. The children stay
//! mounted meanwhile, so that a query which recovers by itself (on reconnect, say) takes its report back.

use std::{cell::Cell, rc::Rc};

use yew::prelude::*;

use super::{fault_panel::FaultPanel, heading::hidden_heading};
use crate::{api::ApiError, dom, hooks::use_effect_on};

/// Something a component cannot go on without.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// What went wrong.
    pub(crate) error: ApiError,
    /// Tries again.
    pub(crate) retry: Callback<()>,
}

#[derive(Default, PartialEq)]
struct Faults(Vec<(u32, Fault)>);

/// A component's current fault, or that it has none (any more).
struct Report(u32, Option<Fault>);

impl Reducible for Faults {
    type Action = Report;

    fn reduce(self: Rc<Self>, Report(reporter, fault): Report) -> Rc<Self> {
        let others = self.0.iter().filter(|(id, _)| *id != reporter).cloned();
        Rc::new(Self(others.chain(fault.map(|fault| (reporter, fault))).collect()))
    }
}

#[derive(Clone, PartialEq)]
struct Collector {
    reports: UseReducerDispatcher<Faults>,
    last_id: Rc<Cell<u32>>,
}

/// Reports `fault` to the nearest [`Boundary`], and takes it back when it becomes `None`.
#[hook]
pub(crate) fn use_fault(fault: Option<Fault>) {
    let collector = use_context::<Collector>();
    let id = use_memo((), |()| {
        collector.as_ref().map_or(0, |collector| {
            collector.last_id.set(collector.last_id.get() + 1);
            collector.last_id.get()
        })
    });
    use_effect_on(fault, move |fault| {
        if let Some(collector) = collector {
            collector.reports.dispatch(Report(*id, fault.clone()));
        }
    });
}

/// Properties of [`Boundary`].
#[derive(Properties, PartialEq)]
pub(crate) struct BoundaryProps {
    /// A section of a page.
    pub(crate) children: Html,
    /// The page's heading while a fault is shown, for a section that otherwise has it among its children.
    #[prop_or_default]
    pub(crate) title: Option<&'static str>,
}

/// Shows the first fault of its children in their place.
#[component]
pub(crate) fn Boundary(props: &BoundaryProps) -> Html {
    let faults = use_reducer_eq(Faults::default);
    let last_id = use_memo((), |()| Cell::new(0));
    let collector = Collector { reports: faults.dispatcher(), last_id };
    let on_retry = use_callback(faults.clone(), |(), faults| {
        // The button goes away with the panel; the focus must not fall back to the top of the document.
        dom::focus("main");
        for (_, fault) in &faults.0 {
            fault.retry.emit(());
        }
    });
    html! {
        <div class="boundary">
            if let Some((_, fault)) = faults.0.first() {
                { props.title.map(hidden_heading) }
                <FaultPanel error={fault.error.clone()} {on_retry} />
            }
            <div class="boundary__inside" hidden={!faults.0.is_empty()}>
                <ContextProvider<Collector> context={collector}>{ props.children.clone() }</ContextProvider<Collector>>
            </div>
        </div>
    }
}
